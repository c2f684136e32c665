"""Settings of the mailboxes: limits, filters of the users, search."""

from __future__ import annotations

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import ByteSize, Switch


class Mailboxes(Section):
    """Mailboxes"""

    enable_quotas: Switch = Field(
        True,
        description="Measure the storage of each mailbox and refuse mail for full ones. POSTFIX_MAILBOX_SIZE_LIMIT "
        "and dovecot-quotas.cf set the limits.",
    )
    postfix_mailbox_size_limit: ByteSize = Field(
        0,
        description="Storage limit of each mailbox in bytes, such as 5G; 0: no limit. dovecot-quotas.cf sets the "
        "limit of a single mailbox.",
    )
    enable_managesieve: Switch = Field(
        False, description="ManageSieve on port 4190, so that users can edit their filters. STARTTLS is required."
    )
    enable_fts: Switch = Field(
        False, description="Full-text search. The index of all mail is stored beside the mail and needs disk space."
    )
