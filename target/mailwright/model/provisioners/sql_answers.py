"""What a database's rows mean for Postfix and Dovecot. Rows are data: what is no address or action goes nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from mailwright.core import values
from mailwright.core.sockets import LMTP
from mailwright.formats.access import REFUSAL
from mailwright.formats.app_passwords import NAME as APP_NAME
from mailwright.formats.app_passwords import PROTOCOLS
from mailwright.formats.quotas import dovecot_grace, dovecot_size
from mailwright.formats.sql_lookups import Lookups

Rows = Sequence[Sequence[object]]
Ask = Callable[..., Rows]  # the name of a query, and its parameters by name
DEEPEST = 20  # aliases of aliases
MOST = 1000  # addresses, as virtual_alias_expansion_limit
NODE = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.ASCII)
NOBODY = "-"  # no login has this name
SIZE, GRACE = "quota/user/quota_storage_size", "quota/user/quota_storage_grace"


class UnfitError(Exception):
    """A row holds something that it can't hold; nobody knows what its author meant."""


class Account(NamedTuple):
    """One account, as its row has it."""

    password: str
    limit: int | None  # bytes
    backend: str  # the node that holds its mail; empty on a single host


class Answers:
    """The answers to the questions of the daemons, each from one or a few queries. None: there is no such thing."""

    def __init__(self, lookups: Lookups, ask: Ask) -> None:
        self.lookups, self.ask = lookups, ask

    def domain(self, name: str) -> str | None:
        """virtual_mailbox_domains: whether ``name`` is one of our domains."""
        try:
            return "ours" if self.ask("domain", domain=values.domain(name)) else None
        except ValueError:
            return None

    def sender_domain(self, key: str) -> str | None:
        """Whether an address is in one of our domains."""
        return self.domain(key.rpartition("@")[2])

    def mailbox(self, key: str) -> str | None:
        """virtual_mailbox_maps: the account that an address, or the one without its +extension, belongs to."""
        address, _ = _address(key)
        return address if address and self._account(address) else None

    def aliases(self, key: str) -> str | None:
        """virtual_alias_maps without catch-alls: where mail goes. An account is its own alias."""
        address, extension = _address(key)
        if not address:
            return None
        for name, rest in ((_joined(address, extension), ""), (address, extension))[not extension :]:
            if recipients := self._recipients(name):
                return ", ".join(_joined(recipient, rest) for recipient in recipients)
            if self._account(name):
                return _joined(name, rest)
        return self._implied(address)

    def _implied(self, address: str) -> str | None:
        """Each of our domains must accept mail for postmaster (RFC 5321, section 4.5.1)."""
        local, _, domain = address.rpartition("@")
        if local != "postmaster" or not self.domain(domain):
            return None
        if address != self.lookups.postmaster:
            return self.lookups.postmaster
        return next(self._valid(self.ask("first", node=self.lookups.node)), None)

    def transport(self, key: str) -> str | None:
        """transport_maps (ROLE=front): the backend that holds an account's mail."""
        address, _ = _address(key)
        account = self._account(address) if address else None
        return f"lmtp:inet:[{account.backend}]:{LMTP}" if account and account.backend else None

    def catch_all(self, key: str) -> str | None:
        """virtual_alias_maps: where mail for any other address of a domain goes; ``@other`` keeps the local part."""
        address, extension = _address(key)
        if not address:
            return None
        local, _, domain = address.rpartition("@")
        recipients = self._recipients(f"@{domain}")
        full = [f"{local}{recipient}" if recipient.startswith("@") else recipient for recipient in recipients]
        return ", ".join(_joined(recipient, extension) for recipient in full) or None

    def senders(self, key: str) -> str | None:
        """smtpd_sender_login_maps without catch-alls: the logins that may send as an address."""
        address, _ = _address(key)
        if not address:
            return None
        if "senders" in self.lookups.queries:
            return ",".join(_text(row) for row in self._rows("senders", address)) or None
        targets = self.aliases(address)
        if not targets:
            return None
        own = {address} if self._account(address) else set()  # also if an alias takes its mail
        return ",".join(sorted(own.union(self._owners(targets)))) or NOBODY

    def catch_all_senders(self, key: str) -> str | None:
        """smtpd_sender_login_maps: the logins that may send as any other address of a domain."""
        if "senders" in self.lookups.queries or not (targets := self.catch_all(key)):
            return None
        return ",".join(self._owners(targets)) or NOBODY

    def refused_send(self, key: str) -> str | None:
        """check_sender_access, check_sasl_access: what is answered to mail from an address."""
        return self._refused(key, "send")

    def refused_receive(self, key: str) -> str | None:
        """check_recipient_access: what is answered to mail for an address."""
        return self._refused(key, "receive")

    def _refused(self, key: str, direction: str) -> str | None:
        address, extension = _address(key)
        if not address:
            return None
        for name in (_joined(address, extension), address)[not extension :]:
            for row in self._rows("refused", name, direction=direction):
                action = " ".join(_text(row).split())
                return action if REFUSAL.fullmatch(action) else "REJECT"  # a row can't let mail in
        return None

    def passdb(self, user: str) -> dict[str, str] | None:
        """Dovecot's passdb: the hash of an account's password, and what its userdb would say (userdb prefetch)."""
        account = self._account(user)
        return self._login(user, account.password, account) if account and account.password else None

    def _login(self, user: str, password: str, account: Account, **more: str) -> dict[str, str]:
        found = {"user": user.lower(), "password": password, **more}
        if self.lookups.leads:
            return {**found, "host": self._backend(user, account)}
        return found | {f"userdb_{name}": value for name, value in self._quota(account.limit).items()}

    @staticmethod
    def _backend(user: str, account: Account) -> str:
        """The backend that holds the mail of an account; UnfitError if none does yet."""
        if not account.backend:
            raise UnfitError(f"no backend holds the mail of {user} (setup backends place)")
        return account.backend

    def _quota(self, limit: int | None) -> dict[str, str]:
        """The fields that limit a mailbox."""
        if limit is None or not self.lookups.quotas:
            return {}
        return {SIZE: dovecot_size(limit), GRACE: dovecot_grace(limit)}

    def app_passdb(self, key: str) -> dict[str, str] | None:
        """Dovecot's passdb of app passwords: ``ADDRESS/SHA-256/PROTOCOL`` → the name of the password with that hash.

        App passwords are random, so that a hash without salt is safe, and finds the row.
        """
        address, hashed, protocol = [*key.split("/"), "", ""][:3]
        account = self._account(address)
        if not account:
            return None
        for name, stored, protocols in self.ask("app_passwords", address=address.lower()):
            known = _text([stored]) == f"{{SHA256.HEX}}{hashed}" and APP_NAME.fullmatch(_text([name]))
            if known and protocol in _protocols(_text([protocols])):
                return self._login(address, _text([stored]), account, app_password=_text([name]))
        return None

    def app_account(self, user: str) -> dict[str, str] | None:
        """Dovecot's passdb behind app passwords of the config folder: an account that may log in, without its hash."""
        account = self._account(user)
        if not account or not account.password:
            return None
        found = {"user": user.lower(), "password": "", "nopassword": "yes"}
        return {**found, "host": self._backend(user, account)} if self.lookups.leads else found

    def userdb(self, user: str) -> dict[str, str] | None:
        """Dovecot's userdb: an account and the limit of its mailbox."""
        account = self._account(user)
        if account and self.lookups.node and self._backend(user, account) != self.lookups.node:
            raise UnfitError(f"the mail of {user} is on {account.backend}, not on {self.lookups.node}")
        return {"user": user.lower(), **self._quota(account.limit)} if account else None

    def accounts(self) -> Iterator[str]:
        """All accounts that can have a mailbox."""
        yield from self._valid(self.ask("list", node=self.lookups.node))

    @staticmethod
    def _valid(rows: Rows) -> Iterator[str]:
        """The addresses in ``rows`` that can have a mailbox."""
        for row in rows:
            try:
                yield str(values.mailbox_address(_text(row)))
            except ValueError:
                continue

    def _account(self, address: str) -> Account | None:
        try:
            rows = self._rows("user", values.mailbox_address(address))
        except ValueError:
            return None
        if not rows:
            return None
        _, quota, backend = [*rows[0], None, None][:3]
        if quota is not None and not re.fullmatch(r"\d{1,18}", str(quota), re.ASCII):
            raise UnfitError(f"the quota of {address} is not a number of bytes")
        node = _text([backend]).lower()
        if node and not NODE.fullmatch(node):
            raise UnfitError(f"the backend of {address} is not a host name")
        return Account(_text(rows[0]), None if quota is None else int(str(quota)), node)

    def _recipients(self, alias: str) -> list[str]:
        """Where an alias leads; UnfitError if a recipient is not an address, for its mail would be lost."""
        words = [word for row in self._rows("alias", alias) for word in re.split(r"[,\s]+", _text(row)) if word]
        for word in words:
            try:
                values.domain(word[1:]) if word.startswith("@") else values.recipient_address(word)
            except ValueError as error:
                raise UnfitError(f"a recipient of {alias} {error}") from None
        return list(dict.fromkeys(words))

    def _rows(self, name: str, address: str, **more: str) -> Rows:
        local, _, domain = address.rpartition("@")
        return self.ask(name, address=address, local=local, domain=domain, **more)

    def _owners(self, targets: str) -> list[str]:
        """The accounts that mail for ``targets`` ends at."""
        seen: set[str] = set()
        level, owners = set(targets.split(", ")), set[str]()
        for _ in range(DEEPEST):
            following: set[str] = set()
            for target in sorted(level - seen)[: MOST - len(seen)]:
                seen.add(target)
                if account := self.mailbox(target):
                    owners.add(account)
                more = self.aliases(target) or self.catch_all(target)
                following.update(more.split(", ") if more else ())
            level = following
            if level <= seen:
                break
        return sorted(owners)


def _protocols(text: str) -> set[str]:
    """The protocols of an app password as Dovecot knows them; all without a list."""
    words = text.replace(",", " ").split() or list(PROTOCOLS)
    return {PROTOCOLS[word] for word in words if word in PROTOCOLS}


def _address(key: str) -> tuple[str, str]:
    """``user+ext@domain`` as the address ``user@domain``, in lower case, and ``+ext``; nothing if it is no address."""
    try:
        address = values.recipient_address(key.lower())
    except ValueError:
        return "", ""
    local, plus, extension = address.local.partition("+")
    return (f"{local}@{address.domain}", plus + extension) if local else (str(address), "")


def _joined(address: str, extension: str) -> str:
    """``address`` with the +extension in its local part."""
    local, _, domain = address.rpartition("@")
    return f"{local}{extension}@{domain}"


def _text(row: Sequence[object]) -> str:
    """The first column of ``row``."""
    value = row[0] if row else None
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    return "" if value is None else str(value)
