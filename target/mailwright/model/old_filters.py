"""docker-mailserver's old filters: what each of their variables does here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mailwright.core.problems import Problem
from mailwright.core.values import Value

BECAME = {
    "ENABLE_OPENDKIM": "Rspamd signs mail and checks signatures (DKIM, ARC)",
    "ENABLE_OPENDMARC": "Rspamd follows the policies of senders' domains (DMARC)",
    "ENABLE_POLICYD_SPF": "Rspamd checks who may send for a domain (SPF)",
    "ENABLE_POSTGREY": "Rspamd greylists suspicious mail (RSPAMD_GREYLISTING)",
    "POSTGREY_DELAY": "sets the delay of Rspamd's greylisting",
    "POSTGREY_MAX_AGE": "sets how long Rspamd's greylisting remembers a sender",
    "POSTGREY_TEXT": "sets the answer of Rspamd's greylisting",
    "SPAMASSASSIN_SPAM_TO_INBOX": "1: Rspamd delivers all spam; 0: Rspamd rejects mail with a high score",
    "SA_TAG2": "sets the score from which Rspamd marks mail as spam (add_header)",
    "SA_KILL": "sets the score from which Rspamd rejects mail (reject)",
}


def warnings(values: Mapping[str, Value]) -> Iterator[Problem]:
    """A warning for each variable of the old filters that is set: what it does here."""
    for name, meaning in BECAME.items():
        if name in values and values[name].text.strip():
            yield Problem(values[name].origin, f"{name}: {meaning}", "", True)
