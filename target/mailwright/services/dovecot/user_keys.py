"""Users without a key of their own, whose mail would wait."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import paths
from mailwright.core.problems import Problem
from mailwright.core.values import amount
from mailwright.model.mail_crypt import SWITCH
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Check

# The shell's own printf: a list of 100,000 paths is too long for a program. It prints nothing outside a container.
LIST = f"if [ -d {paths.STATE} ]; then printf '%s\\n' {paths.MAIL}/*/*/home/dovecot-attributes; fi"
SHOWN = 5
HINT = "setup mail-crypt key ADDRESS makes one on a running server; at the first start set MAIL_CRYPT=off"


def looks(mailserver: Mailserver) -> Iterator[Check]:
    """A look at the keys, with MAIL_CRYPT=user."""
    if mailserver.mail_crypt and mailserver.mail_crypt.writes_user_keys:
        yield Check(("sh", "-c", LIST), judge=without_key)


def without_key(mailserver: Mailserver, listing: str) -> Iterator[Problem]:
    """A Problem if accounts have no key; a warning if mail was encrypted with keys of users before."""
    if not listing:
        return
    parts = (line.removeprefix(f"{paths.MAIL}/").split("/") for line in listing.splitlines())
    there = {f"{local}@{domain}" for domain, local, *_ in parts}
    lacking = [str(account.address) for account in mailserver.directory.accounts if str(account.address) not in there]
    if lacking:
        shown = ", ".join(lacking[:SHOWN]) + (" …" if len(lacking) > SHOWN else "")
        what = f"{SWITCH}=user: {amount(len(lacking), 'account')} without a key ({shown}): their mail would wait"
        had = bool(mailserver.mail_crypt and mailserver.mail_crypt.had_user_keys)
        yield Problem("postfix-accounts.cf", what, HINT, had)
