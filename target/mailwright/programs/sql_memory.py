"""What the database said a moment ago, so that Postfix's questions about one mail are one question to the database.

For one recipient Postfix asks nine times: whether its domain is ours, whether it is refused, where its mail goes, and
parts of that again in its other programs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence

from mailwright.core.sql_query import Query
from mailwright.host.sql_connection import Connection
from mailwright.model.provisioners.sql_answers import Rows

SECONDS = 2.0  # for which rows count
REMEMBERED = 10_000  # answers
EVERYTHING = "everything"  # the query that answers those of WITHIN
WITHIN = ("user", "alias", "refused")
REFUSALS = "refusals"  # the query for all of them
FEW = 100  # rows of it; if there are more, each address is asked about
DIRECTIONS = ("send", "receive")
Question = tuple[str, str, str]


class NotKnownError(Exception):
    """The database must be asked."""


class Memory:
    """Rows of the last seconds, by question. An error is never remembered."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds, self.lock = seconds, threading.Lock()
        self.known: dict[Question, tuple[float, Rows]] = {}
        self.edits = 0

    def rows(self, name: str, **by: str) -> Rows:
        """What the database said to the query ``name``; NotKnownError if that is too long ago."""
        rows = self._refused(by) if name == "refused" else None
        if rows is None:
            rows = self._recent(question(name, by))
        if rows is None:
            raise NotKnownError(name)
        return rows

    def _recent(self, asked: Question) -> Rows | None:
        since, rows = self.known.get(asked, (0.0, ()))
        return rows if since and time.monotonic() - since <= self.seconds else None

    def _refused(self, by: Mapping[str, str]) -> Rows | None:
        every = self._recent((REFUSALS, "", ""))
        return refusals_of(every, by) if every is not None and len(every) <= FEW else None

    def put(self, edits: int, since: float, answers: Mapping[Question, Rows]) -> None:
        """Keeps what was asked at ``since``, unless an edit came in between."""
        with self.lock:
            if edits != self.edits:
                return
            for asked, rows in answers.items():
                self.known.pop(asked, None)
                if len(self.known) >= REMEMBERED:
                    del self.known[next(iter(self.known))]
                self.known[asked] = since, rows

    def forget(self) -> None:
        """Nothing that was asked before counts any more."""
        with self.lock:
            self.edits += 1
            self.known = {}


class Asking:
    """Asks one connection what the memory does not know."""

    def __init__(self, memory: Memory, queries: Mapping[str, Query], connection: Connection) -> None:
        self.memory, self.queries, self.connection = memory, queries, connection

    def rows(self, name: str, **by: str) -> Rows:
        """The rows of the query ``name``."""
        try:
            return self.memory.rows(name, **by)
        except NotKnownError:
            edits, since = self.memory.edits, time.monotonic()
        asked = question(name, by)
        if name == "refused" and REFUSALS in self.queries and len(every := self.rows(REFUSALS)) <= FEW:
            return refusals_of(every, by)
        if name in WITHIN and EVERYTHING in self.queries:
            answers = by_question(asked[1], self.connection.rows(self.queries[EVERYTHING], {"address": asked[1]}))
        else:
            answers = {asked: self.connection.rows(self.queries[name], by)}
        self.memory.put(edits, since, answers)
        return answers[asked]


def question(name: str, by: Mapping[str, str]) -> Question:
    """What is asked, as the memory knows it."""
    return name, by.get("address") or by.get("domain", ""), by.get("direction", "")


def refusals_of(rows: Rows, by: Mapping[str, str]) -> Rows:
    """The rows of REFUSALS as the query ``refused`` would have them, about one address in one direction."""
    asked = [by["direction"], by["address"]]
    return [[action] for direction, address, action in rows if [_word(direction), _word(address)] == asked]


def by_question(address: str, rows: Sequence[Sequence[object]]) -> dict[Question, Rows]:
    """The rows of EVERYTHING as each of the queries WITHIN would have them, about an address and its recipients."""
    answers: dict[Question, dict[tuple[object, ...], None]] = {}
    parsed = [(_word(kind), _word(about), _word(value), tuple(more)) for kind, about, value, *more in rows]
    recipients = [value for kind, about, value, _ in parsed if (kind, about) == ("alias", address)]
    for name in (address, *recipients):
        answers |= {("user", name, ""): {}, ("alias", name, ""): {}}
    answers |= {("refused", address, direction): {} for direction in DIRECTIONS}
    for kind, about, value, more in parsed:
        asked = ("refused", about, kind) if kind in DIRECTIONS else (kind, about, "")
        if asked in answers:
            answers[asked][value, *more] = None  # an alias that leads to itself has its rows twice
    return {asked: sorted(found, key=str) for asked, found in answers.items()}


def _word(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else str(value)
