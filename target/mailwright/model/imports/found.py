"""Found: what was read from another mail server, as rows of the config folder's files, and what cannot be one."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mailwright.core import values
from mailwright.core.problems import shown
from mailwright.formats import dkim_keys, foreign_hashes
from mailwright.formats.dkim_keys import PrivateKey

ACCOUNTS, ALIASES, QUOTAS = "postfix-accounts.cf", "postfix-virtual.cf", "dovecot-quotas.cf"
SEND, RECEIVE = "postfix-send-access.cf", "postfix-receive-access.cf"
RELAYS, LOGINS = "postfix-relaymap.cf", "postfix-sasl-password.cf"
MASTERS = "dovecot-masters.cf"
FILES = (ACCOUNTS, ALIASES, QUOTAS, SEND, RECEIVE, RELAYS, LOGINS, MASTERS)
NEW_PASSWORD = "setup email update {}"  # noqa: S105  a command
LONGEST = 1 << 16  # characters of a text; what is longer was not made by hand


class NotOursError(Exception):
    """What was given is not a dump or folder of that server; the message says what to give."""


class Left(NamedTuple):
    """What stays behind: its kind, its name on the other server, and why."""

    kind: str
    name: str
    reason: str


class Key(NamedTuple):
    """A DKIM key of the other server."""

    domain: str
    selector: str
    private: PrivateKey


@dataclass
class Found:
    """Rows by file of the config folder: name → rest. ``files`` are whole files, ``patterns`` regexp aliases."""

    server: str
    rows: dict[str, dict[str, str]] = field(default_factory=lambda: {name: {} for name in FILES})
    locked: set[str] = field(default_factory=set)  # accounts whose password is unknown: nobody can log in
    patterns: list[str] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)

    def leave(self, kind: str, name: object, reason: str) -> None:
        """``name`` stays behind."""
        self.left.append(Left(kind, str(name), reason))

    def account(self, given: str, stored: str, locked: str = "", fields: str = "") -> str:
        """An account's address, once it is added; empty if it cannot be one. ``locked`` is why nobody may log in."""
        try:
            address = str(values.mailbox_address(given))
        except ValueError as error:
            self.leave("account", given, str(error))
            return ""
        if address in self.rows[ACCOUNTS]:
            self.leave("account", given, "is there twice")
            return ""
        try:
            password = foreign_hashes.as_dovecot(stored)
        except ValueError as error:
            locked = locked or str(error)
        if locked:
            # The hash of nothing that anybody knows: mail arrives, and nobody can log in.
            password = "{SHA256.HEX}" + secrets.token_hex(32)
            self.locked.add(address)
            self.leave("password", address, f"{locked}; give it a new one: {NEW_PASSWORD.format(address)}")
        self.rows[ACCOUNTS][address] = f"{password}|{fields}".rstrip("|")
        return address

    def quota(self, address: str, size: str) -> None:
        """The quota of an account: ``size`` is a number of bytes or has a unit; 0 is no limit."""
        try:
            if number := values.byte_size(size):
                self.rows[QUOTAS][address] = written(number)
        except ValueError as error:
            self.leave("quota", address, f"{shown(size)} {error}")

    def alias(self, given: str, targets: Iterable[str], kind: str = "alias") -> None:
        """An alias, a forward or a catch-all (``@domain``)."""
        try:
            name = recipient(given).lower()
        except ValueError as error:
            return self.leave(kind, given, str(error))
        to: dict[str, None] = {}
        for target in targets:
            try:
                to[recipient(target.strip())] = None
            except ValueError as error:
                self.leave(f"target of {kind}", f"{name} → {target.strip()}", str(error))
        known = self.rows[ALIASES].get(name)
        if known:
            to = dict.fromkeys([*known.split(","), *to])
        if not to:
            return self.leave(kind, name, "has no recipient")
        self.rows[ALIASES][name] = ",".join(to)
        return None

    def pattern(self, local: str, domain: str, targets: Iterable[str]) -> None:
        """An alias whose local part is a regular expression."""
        try:
            name, to = values.domain(domain), [recipient(target) for target in targets]
        except ValueError as error:
            return self.leave("alias", f"{local}@{domain}", str(error))
        if not to or not local.isprintable() or " " in local or "/" in local:
            return self.leave("alias", f"{local}@{domain}", "has no recipient, or a blank or slash in its pattern")
        self.patterns.append(f"/^{local}@{name.replace('.', chr(92) + '.')}$/ {','.join(to)}")
        return None

    def refuse(self, direction: str, address: str, text: str = "") -> None:
        """``address`` may not send (SEND) or receive (RECEIVE)."""
        self.rows[direction][address] = f"REJECT {text}".strip()

    def relay(self, sender: str, hop: str, user: str, password: str) -> None:
        """Mail of ``sender`` (``@domain`` or an address) goes through a relay host, with a login or without."""
        try:
            self.rows[RELAYS][sender.lower()] = str(values.next_hop(hop))
        except ValueError as error:
            return self.leave("relay host", sender, f"{shown(hop)} {error}")
        if user:
            if ":" in user or not (user + password).isprintable() or " " in user or not password:
                return self.leave("relay login", sender, "has a colon, a blank or control characters, or no password")
            self.rows[LOGINS][sender.lower()] = f"{user}:{password}"
        return None

    def key(self, domain: str, selector: str, private: str) -> None:
        """A DKIM key."""
        try:
            if not dkim_keys.NAME.fullmatch(selector):
                raise ValueError("has a selector with other characters than letters, digits and . _ -")
            self.keys.append(Key(values.domain(domain), selector, dkim_keys.private_key(private.encode())))
        except ValueError as error:
            self.leave("DKIM key", f"{selector}._domainkey.{domain}", str(error))

    def sieve(self, address: str, script: str) -> None:
        """The operator's Sieve script of an account."""
        if "\0" in script or len(script) > LONGEST:
            return self.leave("Sieve script", address, "has a NUL byte or more than 65,536 characters")
        self.files[f"{address}.dovecot.sieve"] = script.replace("\r\n", "\n").rstrip("\n") + "\n"
        return None

    def leave_scripts(self) -> None:
        """The Sieve scripts stay behind."""
        for name in self.files:
            self.leave("Sieve script", name, "is left out (--no-sieve)")
        self.files = {}

    @property
    def domains(self) -> set[str]:
        """The domains of accounts and aliases."""
        return {name.rpartition("@")[2] for file in (ACCOUNTS, ALIASES) for name in self.rows[file]}


def written(size: int) -> str:
    """``size`` (bytes) in the largest unit that it is a whole number of: ``5G``, ``1000``."""
    unit = next((unit for unit in "tgmk" if size and size % values.UNITS[unit] == 0), "")
    return f"{size // values.UNITS[unit]}{unit.upper()}"


def recipient(text: str) -> str:
    """An address, or ``@domain``; ValueError with the reason."""
    return f"@{values.domain(text[1:])}" if text.startswith("@") else str(values.recipient_address(text))


def is_on(row: Mapping[str, object], name: str, default: bool = True) -> bool:
    """Whether a switch of ``row`` is on, as a database or JSON writes it."""
    value = row.get(name)
    return default if value is None else str(value).lower() in ("1", "true")
