"""Settings of fail2ban."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import Switch


class Fail2ban(Section):
    """Bans (fail2ban)"""

    enable_fail2ban: Switch = Field(
        False,
        description="Ban IP addresses that guess passwords or probe the server (fail2ban). Needs the capability "
        "NET_ADMIN.",
    )
    fail2ban_blocktype: Literal["drop", "reject"] = Field(
        "drop", description="How to block a banned address: drop (no answer) or reject."
    )
