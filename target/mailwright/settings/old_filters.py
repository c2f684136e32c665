"""Settings of docker-mailserver's old chain of filters; Rspamd does their work, and oldchain.py tells so."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from mailwright.settings.types import Count, Score, Switch


class OldChain(BaseModel):
    """The old chain"""

    enable_opendkim: Switch = Field(True, description="Sign mail and check signatures (DKIM), by Rspamd.")
    enable_opendmarc: Switch = Field(True, description="Follow the policies of senders' domains (DMARC), by Rspamd.")
    enable_policyd_spf: Switch = Field(
        True, description="Check whether a client may send for a domain (SPF), by Rspamd."
    )
    enable_postgrey: Switch = Field(False, description="The same as RSPAMD_GREYLISTING.")
    postgrey_delay: Count = Field(300, description="Seconds before a mail is taken when greylisting.")
    postgrey_max_age: Count = Field(35, description="Days for which a sender stays known when greylisting.")
    postgrey_text: str = Field("", description="What a greylisted client is told.")
    spamassassin_spam_to_inbox: Literal["", "0", "1"] = Field(
        "", description="1: no mail is refused as spam, whatever its score; 0 or empty: what is surely spam is refused."
    )
    sa_tag2: Score = Field(0.0, description="Score at which mail is marked as spam; 0: Rspamd's own, 6.")
    sa_kill: Score = Field(0.0, description="Score at which mail is refused; 0: Rspamd's own, 15.")
