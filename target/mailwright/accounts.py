"""Accounts: ``postfix-accounts.cf``, one ``user@domain|{SCHEME}hash[|extra fields]`` a line."""

from __future__ import annotations

import re
from typing import ClassVar, NamedTuple

from mailwright import values
from mailwright.problems import Problem, shown
from mailwright.textfile import TextFile

SCHEMED = re.compile(r"\{[A-Z0-9-]+(?:\.[A-Z0-9]+)?\}\S+", re.ASCII | re.IGNORECASE)
CRYPT = re.compile(r"\$\w+\$\S+", re.ASCII)
CLEARTEXT = ("{PLAIN}", "{CLEAR}", "{CLEARTEXT}")


class Account(NamedTuple):
    """One mailbox and its login. ``extra`` are Dovecot's userdb fields, as the operator wrote them."""

    address: values.Address
    password_hash: str
    extra: str
    where: str

    def __repr__(self) -> str:  # never the hash
        return f"Account({self.address})"


class _Parsed:
    """The rows of the last file, which are most of the next one's: a hundred thousand are not parsed for one."""

    rows: ClassVar[dict[str, Account]] = {}


def accounts(file: TextFile) -> tuple[list[Account], list[Problem]]:
    """The accounts of ``file`` in its order, and a Problem for each line that is none. No hash is ever told."""
    found: dict[values.Address, Account] = {}
    problems = []
    before, _Parsed.rows = _Parsed.rows, {}
    for number, row in file.rows():
        where = file.at(number)
        known = before.get(row)
        account = known._replace(where=where) if known and known.where != where else known or _account(row, where)
        if isinstance(account, Problem):
            problems.append(account)
        elif account.address in found:
            first = found[account.address].where
            problems.append(Problem(account.where, f"{account.address} is an account already", f"see {first}"))
        else:
            found[account.address] = _Parsed.rows[row] = account
            if account.password_hash[:11].upper().startswith(CLEARTEXT):
                what = f"{account.address} has its password in clear text"
                problems.append(Problem(account.where, what, "doveadm pw", True))
    return list(found.values()), problems


def _account(row: str, where: str) -> Account | Problem:
    name, _, rest = row.partition("|")
    password_hash, _, extra = (part.strip() for part in rest.partition("|"))
    try:
        address = values.mailbox_address(name.strip())
    except ValueError as error:
        # Whatever stands behind a colon may be a password of another kind of file.
        return Problem(where, f"{shown(name.strip().partition(':')[0])} {error}")
    if not password_hash:
        return Problem(where, f"{address} has no password hash", f"setup email update {address}")
    if not SCHEMED.fullmatch(password_hash) and not CRYPT.fullmatch(password_hash):
        return Problem(where, f"the password hash of {address} does not look like {{SCHEME}}hash")
    if ":" in password_hash:  # the field separator of passwd-file
        return Problem(where, f"the password hash of {address} has a colon")
    return _with_fields(address, password_hash, extra, where)


def _with_fields(address: values.Address, password_hash: str, extra: str, where: str) -> Account | Problem:
    for word in extra.split() if extra else ():
        if "=" not in word or "|" in word:
            return Problem(where, f"{address}: {shown(word)} is not a userdb field (name=value)")
    return Account(address, password_hash, " ".join(extra.split()), where)
