"""Settings of getmail, which brings mail from mailboxes elsewhere."""

from __future__ import annotations

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import Interval, Switch


class Getmail(Section):
    """getmail"""

    enable_getmail: Switch = Field(
        False,
        description="Fetch mail from mailboxes on other servers with getmail, one for each getmail-NAME.cf and "
        "getmail/NAME.cf.",
    )
    getmail_poll: Interval = Field(5, description="Minutes between two polls of a mailbox.")
    getmail_parallel: Switch = Field(
        False, description="Poll all mailboxes at the same time, so that a slow server does not block the others."
    )
