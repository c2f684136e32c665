"""Settings of port 25's porter: what happens to strangers before they may say anything."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from mailwright.settings.types import Switch


class Inbound(BaseModel):
    """Mail from strangers"""

    postscreen_action: Literal["enforce", "drop", "ignore"] = Field(
        "enforce",
        description="What a client on port 25 gets that talks before the greeting, or is on block lists: every mail "
        "refused, with sender and recipient in the log; the connection cut; nothing but a line in the log.",
    )
    enable_dnsbl: Switch = Field(
        False,
        description="Ask DNS block lists about clients on port 25. It takes a resolver of your own: the lists refuse "
        "public ones.",
    )
