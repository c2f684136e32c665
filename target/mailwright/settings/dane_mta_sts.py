"""Settings of TLS between mail servers: DANE and MTA-STS for outgoing mail, and the own MTA-STS policy."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from mailwright.settings.section import Section
from mailwright.settings.types import CertificateDomains, Switch

LONGEST_POLICY = 31_557_600  # seconds (RFC 8461, section 3.2)


def _policy_age(text: object) -> int:
    word = str(text).strip()
    if not re.fullmatch(r"[0-9]{5,8}", word) or not 86_400 <= int(word) <= LONGEST_POLICY:
        raise ValueError(f"is not a number of seconds from 86400 (a day) to {LONGEST_POLICY} (a year)")
    return int(word)


PolicyAge = Annotated[int, BeforeValidator(_policy_age), "seconds from 86400"]


class DaneMtaSts(Section):
    """TLS between servers"""

    enable_dane: Switch = Field(
        False,
        description="Check certificates of other servers with DANE: mail waits in the queue if the certificate does "
        "not match the DNSSEC-signed TLSA record. Needs the resolver in the container: set `dns: 127.0.0.1` in "
        "compose.yaml.",
    )
    enable_mta_sts: Switch = Field(
        False,
        description="Check certificates of other servers with MTA-STS: mail waits in the queue if the server does "
        "not meet the policy of the recipient's domain.",
    )
    mta_sts_policy_mode: Literal["testing", "enforce", "none"] = Field(
        "testing",
        description="Mode of this server's own MTA-STS policy (RFC 8461), which `setup dns` prints and the web server "
        "(ENABLE_WEB=1) serves.",
    )
    mta_sts_policy_max_age: PolicyAge = Field(
        604_800, description="Seconds for which other servers keep the policy: a week."
    )
    mta_sts_policy_mx: CertificateDomains = Field(
        "",
        description="Further MX hosts of your domains, such as a backup MX, for the policy. Empty: this server only.",
    )
