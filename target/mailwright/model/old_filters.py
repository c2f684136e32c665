"""What became of docker-mailserver's old chain of filters: one line for each of its variables that is set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mailwright.core.problems import Problem
from mailwright.core.values import Value

BECAME = {
    "ENABLE_OPENDKIM": "Rspamd signs mail and checks signatures (DKIM, ARC)",
    "ENABLE_OPENDMARC": "Rspamd follows the policies of senders' domains (DMARC)",
    "ENABLE_POLICYD_SPF": "Rspamd checks who may send for a domain (SPF)",
    "ENABLE_POSTGREY": "Rspamd greylists (RSPAMD_GREYLISTING), doubtful mail only",
    "POSTGREY_DELAY": "the delay of Rspamd's greylisting",
    "POSTGREY_MAX_AGE": "how long Rspamd's greylisting knows a sender",
    "POSTGREY_TEXT": "what Rspamd's greylisting answers",
    "SPAMASSASSIN_SPAM_TO_INBOX": "with 1 Rspamd refuses no mail for its score, with 0 what is surely spam",
    "SA_TAG2": "Rspamd's score at which mail is marked as spam (add_header)",
    "SA_KILL": "Rspamd's score at which mail is refused (reject)",
}


def told(values: Mapping[str, Value]) -> Iterator[Problem]:
    """A warning for each variable of the old chain that is set: what it does here."""
    for name, meaning in BECAME.items():
        if name in values and values[name].text.strip():
            yield Problem(values[name].origin, f"{name}: {meaning}", "", True)
