"""Relay hosts by sender: ``postfix-relaymap.cf`` and the logins of ``postfix-sasl-password.cf``."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailwright.core import values
from mailwright.core.problems import Problem, shown_name
from mailwright.core.rows_by_key import Refused, rows_by_key
from mailwright.core.textfile import TextFile
from mailwright.core.values import NextHop

LOGIN_FORM = "@domain user:password, or [host]:port user:password"


@dataclass(frozen=True, slots=True)
class Relay:
    """Mail of ``sender`` (``@domain``, or one address) goes through ``hop``; None: not through RELAY_HOST."""

    sender: str
    hop: NextHop | None
    where: str


@dataclass(frozen=True, slots=True)
class Login:
    """``user:password`` for mail of a sender, or for all mail through a next hop."""

    key: str | NextHop
    text: str = field(repr=False)
    where: str


def relays(file: TextFile) -> tuple[list[Relay], list[Problem]]:
    """The rows ``@domain [host]:port`` of ``file``; ``@domain`` alone opts out."""
    return rows_by_key(file, _relay, lambda relay: relay.sender, Refused("has a relay host"))


def _relay(row: str, where: str) -> Relay | Problem:
    words = row.split()
    if len(words) > 2:
        # The row is not shown: the rest may be a login that belongs in the other file.
        return Problem(
            where,
            "has more than a sender and its relay host",
            "@domain [host]:port; logins belong in postfix-sasl-password.cf",
        )
    try:
        sender = _sender(words[0])
    except ValueError as error:
        return Problem(where, f"the sender {error}", "@domain [host]:port")
    try:
        return Relay(sender, values.next_hop(words[1]) if words[1:] else None, where)
    except ValueError as error:
        return Problem(where, f"the relay host of {sender} {error}", "@domain [host]:port")


def logins(file: TextFile) -> tuple[list[Login], list[Problem]]:
    """The logins of ``file``, and a Problem for each row that is not one; its text never holds part of the row."""
    return rows_by_key(file, _login, lambda login: login.key, Refused("has a login"))


def _login(row: str, where: str) -> Login | Problem:
    name, *rest = row.split(None, 1)
    if not rest:
        return Problem(where, "has no login", LOGIN_FORM)
    try:
        key = _sender(name) if "@" in name else values.next_hop(name)
    except ValueError:
        return Problem(where, "does not begin with a sender or a relay host", LOGIN_FORM)
    user, _, password = rest[0].partition(":")
    if not user or not password:
        return Problem(where, "the login is not user:password", LOGIN_FORM)
    return Login(key, rest[0], where)


def _sender(text: str) -> str:
    """``@domain`` or an address, in lower case as Postfix looks it up."""
    if text.startswith("@"):
        try:
            return "@" + values.domain(text[1:])
        except ValueError as error:
            raise ValueError(f"{shown_name(text)} {error}") from None
    try:
        return str(values.recipient_address(text)).lower()
    except ValueError as error:
        raise ValueError(f"is neither @domain nor an address: it {error}") from None
