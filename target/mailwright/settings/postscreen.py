"""Settings of postscreen(8), which checks clients on port 25 before they reach smtpd."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import Switch


class Postscreen(Section):
    """Checks of clients on port 25"""

    postscreen_action: Literal["enforce", "drop", "ignore"] = Field(
        "enforce",
        description="For clients on port 25 that talk before the greeting or are on DNS block lists. enforce: reject "
        "each mail and log its sender and recipient; drop: close the connection; ignore: only log.",
    )
    enable_dnsbl: Switch = Field(
        False,
        description="Look up clients on port 25 in DNS block lists. Needs a resolver of your own: the lists refuse "
        "queries from public resolvers.",
    )
