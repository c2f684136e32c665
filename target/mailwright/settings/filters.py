"""Settings of the filters: Rspamd, its Redis, ClamAV, and the handling of spam."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import PRIVATE, ByteSize, Count, HostPort, Prefix, Score, Switch


class Filters(Section):
    """Filters"""

    enable_rspamd: Switch = Field(
        True, description="Rspamd checks incoming mail and signs the mail of logged-in users (DKIM)."
    )
    enable_rspamd_redis: Switch = Field(
        True,
        description="Run Redis in the container; Rspamd stores there what it learns. 0: Rspamd uses "
        "RSPAMD_REDIS_SERVER, if that is set.",
    )
    rspamd_redis_server: HostPort = Field(
        "", description="Redis server outside the container. Needs ENABLE_RSPAMD_REDIS=0."
    )
    rspamd_redis_memory: ByteSize = Field(
        64 << 20,
        description="Memory limit of the Redis in the container. At the limit, entries that expire soonest are "
        "removed first.",
    )
    rspamd_down_action: Literal["defer", "accept"] = Field(
        "defer",
        description="While Rspamd is unreachable: defer (senders try again later), or accept (mail is accepted "
        "unchecked and unsigned).",
    )
    rspamd_learn: Switch = Field(
        False,
        description="Learn from mail that users move into Junk or out of it, and from mail that is certainly spam or "
        "certainly not spam.",
    )
    rspamd_check_authenticated: Switch = Field(
        False, description="Also check the mail of logged-in users for spam. It is signed in either case."
    )
    rspamd_greylisting: Switch = Field(
        False,
        description="Greylist suspicious mail: an unknown sender must try again after five minutes (POSTGREY_DELAY).",
    )
    rspamd_hfilter: Switch = Field(True, description="Check host names and HELO of clients (Rspamd's module hfilter).")
    rspamd_hfilter_hostname_unknown_score: Score = Field(
        6.0, description="Score of a client whose IP address has no matching reverse DNS name."
    )
    rspamd_neural: Switch = Field(False, description="Use Rspamd's neural network (experimental).")
    rspamd_dnsbl: Literal["auto", "1", "0"] = Field(
        "auto",
        description="Rspamd queries DNS block lists. auto: only if the container does not use a public resolver, "
        "which the lists refuse.",
    )
    rspamd_web_password: str = Field(
        "",
        description="Password of Rspamd's web interface on port 11334, or its hash from `rspamadm pw`; empty: the "
        "port is closed. The port has no TLS: publish it only on 127.0.0.1 or behind a proxy.",
        json_schema_extra=PRIVATE,
    )
    submission_limit: Count = Field(
        500,
        description="Recipients per login and hour; further mail is deferred and the postmaster gets a message. "
        "0: no limit (Rspamd counts in Redis).",
    )
    move_spam_to_junk: Switch = Field(True, description="Deliver spam to the mailbox Junk.")
    mark_spam_as_read: Switch = Field(False, description="Mark spam as read.")
    spam_subject: Prefix = Field(
        "", description="Text that is put before the subject of spam; blanks count. Empty: the subject stays."
    )
    enable_clamav: Switch = Field(
        False, description="Refuse mail with viruses (ClamAV). The virus signatures need 1 GB of additional memory."
    )
    clamav_message_size_limit: ByteSize = Field(
        25 << 20, description="Largest mail that is scanned for viruses, in bytes. Larger mail is accepted unscanned."
    )
