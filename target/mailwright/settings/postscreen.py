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
        description="For clients on port 25 that talk before the greeting (POSTSCREEN_GREET_TEST) or are on DNS block "
        "lists. enforce: reject each mail and log its sender and recipient; drop: close the connection; ignore: only "
        "log.",
    )
    postscreen_greet_test: Switch = Field(
        False,
        description="Each new client on port 25 waits a second for its greeting, once a month; programs that talk "
        "meanwhile are refused. 0: only with ENABLE_DNSBL=1, where the lists are asked during that second.",
    )
    enable_dnsbl: Switch = Field(
        False,
        description="Look up clients on port 25 in DNS block lists. Needs a resolver of your own: the lists refuse "
        "queries from public resolvers.",
    )
