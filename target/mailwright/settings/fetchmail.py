"""Settings of fetchmail, which brings mail from mailboxes elsewhere."""

from __future__ import annotations

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import Interval, Switch


class Fetchmail(Section):
    """fetchmail"""

    enable_fetchmail: Switch = Field(
        False, description="Fetch mail from mailboxes on other servers with fetchmail, as fetchmail.cf says."
    )
    fetchmail_poll: Interval = Field(300, description="Seconds between two polls of a server.")
    fetchmail_parallel: Switch = Field(
        False,
        description="Run one fetchmail for each server, so that a slow one or one with idle does not block the others.",
    )
