"""Settings of the mailboxes: what they may hold, how they are filtered and searched."""

from __future__ import annotations

from pydantic import BaseModel, Field

from mailwright.settings.types import ByteSize, Switch


class Mailboxes(BaseModel):
    """Mailboxes"""

    enable_quotas: Switch = Field(
        True, description="Count what mailboxes store, and refuse mail for full ones; limits are below and per account."
    )
    postfix_mailbox_size_limit: ByteSize = Field(
        0, description="What a mailbox may store, in bytes (5G); 0: no limit. dovecot-quotas.cf sets single ones."
    )
    enable_managesieve: Switch = Field(
        False, description="ManageSieve on port 4190 (STARTTLS is demanded): users edit their filters."
    )
    enable_fts: Switch = Field(
        False, description="Full-text search: an index of all mail's text, kept beside the mail."
    )
