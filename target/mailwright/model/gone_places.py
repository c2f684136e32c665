"""Sockets and files of docker-mailserver's image that overrides of Postfix name: nothing is there, so mail would wait.

Its main.cf names them, and operators copy its lines. Tables are tried by their daemon (operator_tables.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailwright.core.problems import Problem
from mailwright.model.inputs import Inputs
from mailwright.model.overrides import stated

HERE = r"(?:localhost|127\.0\.0\.1|\[127\.0\.0\.1\]|\[::1\])"
START, END = r"(?<![\w./:-])", r"(?![\w./-])"
# The places, and what does the work of the daemon or file that was there.
GONE = {
    r"(?:unix:)?private/policyd-spf": "Rspamd checks SPF",
    rf"(?:inet:)?{HERE}:65265": "quotas are asked about in $mailwright_smtpd_recipient_restrictions",
    rf"(?:inet:)?{HERE}:10023": "Rspamd does greylisting: RSPAMD_GREYLISTING=1",
    rf"(?:inet:)?{HERE}:8891": "Rspamd signs mail and checks signatures",
    rf"(?:inet:)?{HERE}:8893": "Rspamd checks DMARC",
    rf"(?:inet:)?{HERE}:11332": "mail passes Rspamd without this line",
    rf"(?:smtp-amavis|amavis|amavisfeed):{HERE}:10024": "Rspamd filters mail",
    r"(?:unix:)?(?:(?:/var/spool/postfix/)?private/auth|/dev/shm/sasl-auth\.sock)": (
        "Postfix asks Dovecot about logins without this line"
    ),
    r"/etc/postfix/vhost": "the domains are those of accounts and aliases",
}
PLACE = re.compile("|".join(f"{START}({place}){END}" for place in GONE))
INSTEAD = tuple(GONE.values())


def problems(inputs: Inputs) -> Iterator[Problem]:
    """A Problem for each place that is not here, at the override that names it."""
    for where, name, value in stated(inputs.folder):
        for match in PLACE.finditer(value):
            is_file = match[0].startswith("/etc/")
            missing = f"{match[0]} does not exist" if is_file else f"nothing listens on {match[0]}"
            what = f"{name}: {missing}, so mail would wait"
            yield Problem(where, what, f"delete it: {INSTEAD[(match.lastindex or 1) - 1]}")
