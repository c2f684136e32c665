"""Commands of docker-mailserver's image under their old names, which scripts and notes still call: ``addmailuser``."""

from __future__ import annotations

import sys
from pathlib import PurePath

NAMES = {
    "addalias": "alias add",
    "adddovecotmasteruser": "dovecot-master add",
    "addmailuser": "email add",
    "addrelayhost": "relay add-domain",
    "addsaslpassword": "relay add-auth",
    "delalias": "alias del",
    "deldovecotmasteruser": "dovecot-master del",
    "delmailuser": "email del",
    "delquota": "quota del",
    "excluderelaydomain": "relay exclude-domain",
    "fail2ban": "fail2ban",
    "listalias": "alias list",
    "listdovecotmasteruser": "dovecot-master list",
    "listmailuser": "email list",
    "open-dkim": "config dkim",
    "restrict-access": "email restrict",
    "rspamd-dkim": "config dkim",
    "setquota": "quota set",
    "updatedovecotmasteruser": "dovecot-master update",
    "updatemailuser": "email update",
}


def words(arguments: list[str]) -> list[str]:
    """The words after ``setup`` that do the same as a command line with an old name."""
    name, *rest = arguments
    return [*NAMES[PurePath(name).name].split(), *(["--help"] if rest == ["help"] else rest)]


def main() -> None:
    """Runs ``setup`` with these words."""
    from mailwright.cli import main as setup

    setup(words(sys.argv), prog_name="setup")
