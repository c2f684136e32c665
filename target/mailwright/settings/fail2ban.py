"""Settings of the bans."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from mailwright.settings.types import Switch


class Abuse(BaseModel):
    """Bans"""

    enable_fail2ban: Switch = Field(
        False,
        description="Ban addresses that guess passwords or probe (fail2ban); needs the capability NET_ADMIN.",
    )
    fail2ban_blocktype: Literal["drop", "reject"] = Field(
        "drop", description="What a banned address meets: silence, or a refusal."
    )
