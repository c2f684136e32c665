"""Settings of SRS: the sender of forwarded mail."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import PRIVATE, CertificateDomain, Domains, SrsSecrets, Switch


class Srs(Section):
    """Forwarding (SRS)"""

    enable_srs: Switch = Field(
        False, description="Rewrite the envelope sender of forwarded mail (SRS), so that the mail passes SPF."
    )
    srs_sender_classes: Literal["envelope_sender", "header_sender", "envelope_sender,header_sender", "both"] = Field(
        "envelope_sender",
        description="Which senders SRS rewrites. Mail programs show the header sender, and rewriting it breaks the "
        "DKIM signature.",
    )
    srs_exclude_domains: Domains = Field(
        "", description="Sender domains that SRS does not rewrite. .example.com means all its subdomains."
    )
    srs_secret: SrsSecrets = Field(
        "",
        description="Secrets for rewritten addresses: the first one signs, all are accepted. Empty: one is generated "
        "and kept.",
        json_schema_extra=PRIVATE,
    )
    srs_domainname: CertificateDomain = Field(
        "",
        description="Domain of rewritten senders; its mail must arrive at this server. Empty: the host name without "
        "its first label if it has more than two.",
    )
