"""Accounts: ``postfix-accounts.cf``, one ``user@domain|{SCHEME}hash[|extra fields]`` a line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from mailwright.core import values
from mailwright.core.problems import NAME_END, Problem, shown_name
from mailwright.core.rows_by_key import Refused, RowsByKey, continues
from mailwright.core.textfile import TextFile

SCHEMED = re.compile(r"\{[A-Z0-9-]+(?:\.[A-Z0-9]+)?\}\S+", re.ASCII | re.IGNORECASE)
CRYPT = re.compile(r"\$\w+\$\S+", re.ASCII)
FORM = "user@domain|{SCHEME}hash"
CLEARTEXT = ("{PLAIN}", "{CLEAR}", "{CLEARTEXT}")

# Fields of Dovecot 2.3 that 2.4 takes and ignores: mail would go to another folder, a quota would be gone.
FIELDS_OF_2_3 = {
    "userdb_mail": "userdb_mail_driver=maildir userdb_mail_path=/FOLDER",
    "userdb_quota_rule": "the row {address}:SIZE in dovecot-quotas.cf",
    "userdb_sieve": "{address}.dovecot.sieve in the config folder",
}


class Account(NamedTuple):
    """One mailbox and its login. ``extra``: Dovecot's userdb fields as the operator wrote them."""

    address: values.Address
    password_hash: str
    extra: str
    where: str

    def __repr__(self) -> str:  # never the hash
        return f"Account({self.address})"


@dataclass
class Parsed:
    """The result for the last file: adding an account does not parse a hundred thousand others again."""

    text: str = ""
    accounts: RowsByKey[values.Address, Account] = field(
        default_factory=lambda: RowsByKey(lambda account: account.address, Refused("is an account"))
    )
    rows: dict[str, Account] = field(default_factory=dict)  # by their text


LAST = [Parsed()]


def accounts(file: TextFile) -> tuple[list[Account], list[Problem]]:
    """The accounts of ``file`` in its order, and a Problem for each line that is not one; never with a hash."""
    last = LAST[0]
    if continues(file.text, last.text):
        now, lines = Parsed(file.text, last.accounts.copy(), last.rows), file.rows(after=last.text)
    else:
        now, lines = Parsed(file.text), file.rows()
    for number, row in lines:
        where = file.at(number)
        known = last.rows.get(row)
        account = known._replace(where=where) if known and known.where != where else known or _account(row, where)
        if now.accounts.add(account) and isinstance(account, Account):
            now.rows[row] = account
            if account.password_hash[:11].upper().startswith(CLEARTEXT):
                what = f"{account.address} has its password in clear text"
                now.accounts.add(Problem(where, what, f"setup email update {account.address}", True))
    LAST[0] = now
    return now.accounts.result()


def _account(row: str, where: str) -> Account | Problem:
    name, _, rest = row.partition("|")
    password_hash, _, extra = (part.strip() for part in rest.partition("|"))
    try:
        address = values.mailbox_address(name.strip())
    except ValueError as error:
        return Problem(where, f"{shown_name(name.strip())} {error}", _form(name))
    if not password_hash:
        return Problem(where, f"{address} has no password hash", f"setup email update {address}")
    if not SCHEMED.fullmatch(password_hash) and not CRYPT.fullmatch(password_hash):
        return Problem(where, f"the password hash of {address} does not look like {{SCHEME}}hash")
    if ":" in password_hash:  # the field separator of passwd-file
        return Problem(where, f"the password hash of {address} has a colon")
    return _with_fields(address, password_hash, extra, where)


def _form(name: str) -> str:
    """A hint where the name holds more than a name: another separator in place of ``|``."""
    return FORM if NAME_END.search(name.strip()) else ""


def _with_fields(address: values.Address, password_hash: str, extra: str, where: str) -> Account | Problem:
    for word in extra.split() if extra else ():
        if "=" not in word or "|" in word:
            return Problem(where, f"{address}: {shown_name(word)} is not a userdb field (name=value)")
        name = word.partition("=")[0]
        if name in FIELDS_OF_2_3:
            hint = f"in its place: {FIELDS_OF_2_3[name].format(address=address)}"
            return Problem(where, f"{address}: {name} is a field of Dovecot 2.3, which 2.4 ignores", hint)
    return Account(address, password_hash, " ".join(extra.split()), where)
