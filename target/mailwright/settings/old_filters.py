"""Settings of docker-mailserver's old filters, which Rspamd replaces (model/old_filters.py)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import Count, Score, Switch


class OldFilters(Section):
    """docker-mailserver's old filters"""

    enable_opendkim: Switch = Field(True, description="1 with ENABLE_RSPAMD=0: Rspamd runs in place of OpenDKIM.")
    enable_opendmarc: Switch = Field(True, description="1 with ENABLE_RSPAMD=0: Rspamd runs in place of OpenDMARC.")
    enable_policyd_spf: Switch = Field(True, description="1 with ENABLE_RSPAMD=0: Rspamd runs in place of policyd-spf.")
    enable_postgrey: Switch = Field(False, description="Same as RSPAMD_GREYLISTING.")
    postgrey_delay: Count = Field(300, description="Seconds until greylisted mail is accepted.")
    postgrey_max_age: Count = Field(35, description="Days for which greylisting remembers a sender.")
    postgrey_text: str = Field("", description="Reply to a greylisted client. Empty: Rspamd's own reply.")
    spamassassin_spam_to_inbox: Literal["", "0", "1"] = Field(
        "",
        description="With ENABLE_SPAMASSASSIN=1. 1: spam is never rejected. 0 or empty: certain spam is rejected.",
    )
    sa_tag2: Score = Field(
        0.0, description="With ENABLE_SPAMASSASSIN=1: score from which mail is marked as spam. 0: Rspamd's default, 6."
    )
    sa_kill: Score = Field(
        0.0, description="With ENABLE_SPAMASSASSIN=1: score from which mail is rejected. 0: Rspamd's default, 15."
    )
