"""Settings of TLS between servers: what we demand of others, and what others shall demand of us."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from mailwright.settings.types import Switch


class Outbound(BaseModel):
    """TLS between servers"""

    enable_dane: Switch = Field(
        False,
        description="Hold mail for servers that do not have the certificate which their signed zone names (DANE). A "
        "resolver that validates runs in the container: set `dns: 127.0.0.1` in compose.yaml.",
    )
    enable_mta_sts: Switch = Field(
        False, description="Hold mail for servers without the certificate that their domain's policy demands (MTA-STS)."
    )
    mta_sts_policy_mode: Literal["testing", "enforce", "none"] = Field(
        "testing", description="What our own policy, which setup dns prints, says to others (RFC 8461)."
    )
