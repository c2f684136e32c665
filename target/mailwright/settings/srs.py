"""Settings of mail that is passed on to other servers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from mailwright.settings.types import PRIVATE, CertificateDomain, Domains, SrsSecrets, Switch


class Forwarding(BaseModel):
    """Forwarding"""

    enable_srs: Switch = Field(
        False, description="Rewrite the envelope sender of mail that is passed on (SRS), so that SPF holds for it."
    )
    srs_sender_classes: Literal["envelope_sender", "header_sender", "envelope_sender,header_sender", "both"] = Field(
        "envelope_sender",
        description="What SRS rewrites. Mail programs show the header; rewriting it breaks its DKIM signature.",
    )
    srs_exclude_domains: Domains = Field(
        "", description="Other domains whose senders stay as they are; .example.com means all below it. Comma list."
    )
    srs_secret: SrsSecrets = Field(
        "",
        description="Secrets of the signature, comma list: the first signs, all are accepted; empty: one is made.",
        json_schema_extra=PRIVATE,
    )
    srs_domainname: CertificateDomain = Field(
        "",
        description="Domain of the rewritten senders; its mail must arrive here. Empty: the host name without its "
        "first label when it has more than two.",
    )
