"""Keys of users: only the password of the account opens them, so other ways into the mailbox would read nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile
from mailwright.formats import dovecot_plugins
from mailwright.formats.main_cf import parameters
from mailwright.model import app_passwords
from mailwright.model.inputs import Inputs

SWITCH, OVERRIDE, MAIN = "MAIL_CRYPT", "dovecot.cf", "postfix-main.cf"
ONE_EACH = "lmtp_destination_recipient_limit"
# What Dovecot must read as Mailwright renders it: where the keys are, and that each login brings the password.
RENDERED = re.compile(r"(mail_attribute|passdb|userdb|mail_home|auth_username_format)\b.*")
MECHANISMS = re.compile(r"auth_mechanisms\s*=\s*(.*)")
WITH_PASSWORD = {"plain", "login"}
WHY = f"{SWITCH}=user: only the password of the account opens its key"


def unreadable_ways(inputs: Inputs) -> Iterator[Problem]:
    """A Problem for each way to log in that could not read mail; a warning where only mail of before is at stake."""
    settings, is_warning = inputs.settings, inputs.settings.mail_crypt != "user"
    why = "mail of users is encrypted with keys that only their passwords open" if is_warning else WHY
    origin = inputs.variables.origin
    if not settings.accounts_in_files:
        what = f"ACCOUNT_PROVISIONER: accounts are in {inputs.provisioner.place}; {why}"
        yield Problem(origin("ACCOUNT_PROVISIONER"), what, "keep accounts in files (FILE)", is_warning)
    for name, what in (("ENABLE_OAUTH2", "a token is not a password"), ("ENABLE_SASLAUTHD", "it has other passwords")):
        if getattr(settings, name.lower()):
            yield Problem(origin(name), f"{name}: {what}; {why}", f"{name}=0", is_warning)
    for where, what, hint in (*_others(inputs), *_overridden(inputs)):
        yield Problem(where, f"{what}; {why}", hint, is_warning)


def _others(inputs: Inputs) -> Iterator[tuple[str, str, str]]:
    """Place, name and cure of each other password that opens a mailbox."""
    for one in app_passwords.app_passwords(inputs)[0]:
        hint = f"setup email app-password del {one.address} {one.name}"
        yield one.where, f"the app password {one.name} of {one.address} could read no mail", hint
    for master in inputs.directory.masters:
        what = f"the master user {master.name} could read no mail"
        yield master.where, what, f"setup dovecot-master del {master.name}"


def _overridden(inputs: Inputs) -> Iterator[tuple[str, str, str]]:
    """Place, name and cure of each line of an override with which keys of users would not work."""
    file, main = inputs.folder.text(OVERRIDE), inputs.folder.text(MAIN)
    yield from _of_dovecot(file) if file else ()
    for parameter in parameters(main)[0] if main else ():
        if parameter.name == ONE_EACH and parameter.value != "1":
            what = f"{ONE_EACH}: Dovecot cannot copy mail of one user to another"
            yield f"{MAIN}:{parameter.line}", what, f"{ONE_EACH} = 1"


def _of_dovecot(file: TextFile) -> Iterator[tuple[str, str, str]]:
    for number, row in file.rows():
        mechanisms = MECHANISMS.fullmatch(row)
        other = sorted(set(mechanisms[1].lower().split()) - WITH_PASSWORD) if mechanisms else []
        if other:
            what = f"a login with {', '.join(other)} brings no password"
            yield file.at(number), what, "auth_mechanisms = plain login"
        elif RENDERED.fullmatch(row):
            what = f"{row.split()[0]} decides where keys are or who logs in"
            yield file.at(number), what, "delete these lines"
    for number, name in dovecot_plugins.plugins(file):
        if name.startswith("fts"):
            yield file.at(number), "a search index has the text of all mail in clear text", "delete these lines"
