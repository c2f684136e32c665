"""Relay hosts by sender: ``postfix-relaymap.cf`` and the logins of ``postfix-sasl-password.cf``."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailwright.core import values
from mailwright.core.problems import Problem, shown
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
    """``user:password`` for mail of a sender, or for whatever goes through a next hop."""

    key: str | NextHop
    text: str = field(repr=False)
    where: str


def relays(file: TextFile) -> tuple[list[Relay], list[Problem]]:
    """The rows ``@domain [host]:port`` of ``file``; ``@domain`` alone opts out."""
    found: dict[str, Relay] = {}
    problems = []
    for number, row in file.rows():
        relay = _relay(row.split(), file.at(number))
        if isinstance(relay, Problem):
            problems.append(relay)
        elif relay.sender in found:
            problems.append(
                Problem(relay.where, f"{relay.sender} stands in {found[relay.sender].where} too", "keep one")
            )
        else:
            found[relay.sender] = relay
    return list(found.values()), problems


def _relay(words: list[str], where: str) -> Relay | Problem:
    if len(words) > 2:
        # Not shown: what follows may be a login that belongs into the other file.
        return Problem(where, "has more than a sender and its relay host", "@domain [host]:port; logins go elsewhere")
    try:
        sender = _sender(words[0])
    except ValueError as error:
        return Problem(where, f"the sender {error}", "@domain [host]:port")
    try:
        return Relay(sender, values.next_hop(words[1]) if words[1:] else None, where)
    except ValueError as error:
        return Problem(where, f"the relay host of {sender} {error}", "@domain [host]:port")


def logins(file: TextFile) -> tuple[list[Login], list[Problem]]:
    """The logins of ``file``, and a Problem for each row that is none. Nothing of a wrong row is ever told."""
    found: dict[str | NextHop, Login] = {}
    problems = []
    for number, row in file.rows():
        login = _login(row, file.at(number))
        if isinstance(login, Problem):
            problems.append(login)
        elif login.key in found:
            problems.append(Problem(login.where, f"{login.key} stands in {found[login.key].where} too", "keep one"))
        else:
            found[login.key] = login
    return list(found.values()), problems


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
            raise ValueError(f"{shown(text)} {error}") from None
    try:
        return str(values.recipient_address(text)).lower()
    except ValueError as error:
        raise ValueError(f"is neither @domain nor an address: it {error}") from None
