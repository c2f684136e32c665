"""Settings of the filters: Rspamd, Redis beside it, ClamAV behind it, and what becomes of spam."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from mailwright.settings.types import PRIVATE, ByteSize, Count, HostPort, Prefix, Score, Switch


class Filters(BaseModel):
    """Filters"""

    enable_rspamd: Switch = Field(
        True, description="Rspamd checks mail that comes in, and signs what logged-in users send."
    )
    enable_rspamd_redis: Switch = Field(
        True, description="Redis in the container, where Rspamd keeps what it learns; 0: see RSPAMD_REDIS_SERVER."
    )
    rspamd_redis_server: HostPort = Field(
        "", description="Redis outside the container, as host:port, with ENABLE_RSPAMD_REDIS=0."
    )
    rspamd_redis_memory: ByteSize = Field(
        64 << 20, description="Most memory that Redis in the container takes; what expires soonest goes first."
    )
    rspamd_down_action: Literal["defer", "accept"] = Field(
        "defer",
        description="While Rspamd can't be reached: mail waits with its sender, or is accepted unchecked and unsigned.",
    )
    rspamd_learn: Switch = Field(
        False,
        description="Learn from mail that users move into Junk and out of it, and from what is surely spam or none.",
    )
    rspamd_check_authenticated: Switch = Field(
        False, description="Check mail of logged-in users too; it is always signed."
    )
    rspamd_greylisting: Switch = Field(
        False, description="Have unknown senders of doubtful mail try again five minutes later."
    )
    rspamd_hfilter: Switch = Field(True, description="Look at host names and HELO of clients (Rspamd's hfilter).")
    rspamd_hfilter_hostname_unknown_score: Score = Field(
        6.0, description="Score of a client without a reverse DNS name that leads back to it."
    )
    rspamd_neural: Switch = Field(False, description="Rspamd's neural network (experimental).")
    rspamd_dnsbl: Literal["auto", "1", "0"] = Field(
        "auto",
        description="Ask DNS block lists; auto: unless the container's resolver is a public one, which they refuse.",
    )
    rspamd_web_password: str = Field(
        "",
        description="Opens Rspamd's web page on port 11334 (no TLS: publish it on 127.0.0.1 or behind a proxy). "
        "A hash of `rspamadm pw` is taken too. Empty: closed.",
        json_schema_extra=PRIVATE,
    )
    submission_limit: Count = Field(
        500,
        description="Recipients that a login may send to in an hour; beyond that mail is deferred and the postmaster "
        "told: a stolen password sends no more than this. 0: no limit. Rspamd with Redis counts.",
    )
    move_spam_to_junk: Switch = Field(True, description="Spam goes to the mailbox Junk.")
    mark_spam_as_read: Switch = Field(False, description="Spam is marked as read.")
    spam_subject: Prefix = Field("", description="Put before the subject of spam, blanks included.")
    enable_clamav: Switch = Field(
        False, description="Refuse mail with viruses. ClamAV takes a gigabyte of memory more for its signatures."
    )
    clamav_message_size_limit: ByteSize = Field(25 << 20, description="Larger mail is not scanned for viruses.")
