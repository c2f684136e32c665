"""Access: addresses that may not send or receive, ``postfix-send-access.cf`` and ``postfix-receive-access.cf``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailwright.core import values
from mailwright.core.problems import Problem, shown_name
from mailwright.core.rows_by_key import Refused, rows_by_key
from mailwright.core.textfile import TextFile

# The actions of access(5) that can only refuse. OK, PERMIT, RELAY, FILTER, REDIRECT, BCC, PREPEND, HOLD,
# DISCARD or the name of a restriction could accept mail, lose it or redirect it.
REFUSAL = re.compile(r"(?P<action>REJECT|DEFER)(?P<text>\s+\S.*)?|(?P<code>[45]\d\d)\s+(?P<reason>\S.*)", re.IGNORECASE)
# Only these words are shown: another text may be a password, in a row that belongs in another file.
SHOWN = re.compile(
    r"\d{1,4}|(?:permit|reject|defer|check|warn)_[a-z_]+|OK|RELAY|PERMIT|FILTER|REDIRECT|BCC|PREPEND|HOLD|DISCARD|DUNNO"
    r"|WARN|INFO|REJECT|DEFER|DEFER_IF_REJECT|DEFER_IF_PERMIT",
    re.IGNORECASE,
)
FORM = "user@domain REJECT [text]"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Mail from or for ``address`` is refused with ``action`` (access(5))."""

    address: str
    action: str
    where: str


def refusals(file: TextFile) -> tuple[list[Refusal], list[Problem]]:
    """The rows of ``file`` in its order, and a Problem for each that is not valid."""
    return rows_by_key(file, _refusal, lambda refusal: refusal.address, Refused("has a row"))


def _refusal(row: str, where: str) -> Refusal | Problem:
    name, *rest = row.split(None, 1)
    try:
        address = str(values.recipient_address(name)).lower()
    except ValueError as error:
        return Problem(where, f"{shown_name(name)} {error}", FORM)
    if not rest:
        return Problem(where, f"{address} has no action", FORM)
    match = REFUSAL.fullmatch(rest[0])
    if not match:
        what = f"{address}: {_action(rest[0])} is not REJECT, DEFER, or a code from 400 to 599 with a text"
        return Problem(where, what, "actions that let mail in or redirect it are not allowed")
    action = f"{match['action'].upper()}{match['text'] or ''}" if match["action"] else rest[0]
    return Refusal(address, " ".join(action.split()), where)


def _action(text: str) -> str:
    """The first word of ``text`` for a message if it is an action or a code."""
    word = text.split(maxsplit=1)[0]
    return repr(word) if SHOWN.fullmatch(word) else "the action"
