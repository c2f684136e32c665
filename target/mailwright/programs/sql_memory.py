"""What the database said a moment ago, so that Postfix's questions about one mail are one question to the database.

For one recipient Postfix asks nine times: whether its domain is ours, whether it is refused, where its mail goes, and
parts of that again in its other programs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import TypeVar

from mailwright.core.sql_query import Query
from mailwright.host.sql_connection import Connection
from mailwright.model.provisioners.sql_answers import Rows

SECONDS = 2.0  # for which rows count
OURS_SECONDS = 60.0  # for which a domain counts as ours; then mail for its addresses is still asked about
REMEMBERED = 10_000  # answers
EVERYTHING = "everything"  # the query that answers those of WITHIN
WITHIN = ("user", "alias", "refused")
REFUSALS = "refusals"  # the query for all of them
DOMAIN = "domain"  # the query whether one is ours
OURS = ((1,),)  # its rows
FEW = 100  # rows of it; if there are more, each address is asked about
DIRECTIONS = ("send", "receive")
Question = tuple[str, str, str]
K = TypeVar("K")
V = TypeVar("V")


class NotKnownError(Exception):
    """The database must be asked."""


class Memory:
    """What the database said in the last seconds, and what Postfix was answered. An error is never remembered."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds, self.lock = seconds, threading.Lock()
        self.known: dict[Question, tuple[float, Rows]] = {}  # and since when
        self.answers: dict[bytes, tuple[float, bytes]] = {}  # as Postfix asks and is answered
        self.edits = 0

    def rows(self, asked: Question) -> tuple[float, Rows] | None:
        """Since when the database says so, and the rows; None if that is too long ago."""
        since, rows = self.known.get(asked, (0.0, ()))
        limit = OURS_SECONDS if asked[0] == DOMAIN and rows else self.seconds
        return (since, rows) if since and time.monotonic() - since <= limit else None

    def answer(self, asked: bytes) -> bytes | None:
        """The answer to a question; None if it is too old."""
        since, answer = self.answers.get(asked, (0.0, b""))
        return answer if answer and time.monotonic() - since <= self.seconds else None

    def put(self, edits: int, since: float, answers: Mapping[Question, Rows]) -> None:
        """Keeps what was asked at ``since``, unless an edit came in between."""
        self._keep(edits, since, self.known, answers)

    def put_ours(self, edits: int, since: float, address: str) -> None:
        """Keeps that the domain of an account or alias is ours, as the query ``domain`` of our schema would say."""
        self.put(edits, since, {(DOMAIN, address.rpartition("@")[2].lower(), ""): OURS})

    def put_answer(self, edits: int, since: float, asked: bytes, answer: bytes) -> None:
        """Keeps an answer that follows from rows of ``since`` or later, unless an edit came in between."""
        self._keep(edits, since, self.answers, {asked: answer})

    def _keep(self, edits: int, since: float, kept: dict[K, tuple[float, V]], fresh: Mapping[K, V]) -> None:
        with self.lock:
            if edits != self.edits:
                return
            for asked, answer in fresh.items():
                kept.pop(asked, None)
                if len(kept) >= REMEMBERED:
                    del kept[next(iter(kept))]
                kept[asked] = since, answer

    def forget(self) -> None:
        """Nothing that was asked before counts any more."""
        with self.lock:
            self.edits += 1
            self.known.clear()
            self.answers.clear()


class Asking:
    """Asks one connection what the memory does not know. Without a connection: NotKnownError.

    ``since``: when the oldest of its answers was true.
    """

    def __init__(self, memory: Memory, queries: Mapping[str, Query], connection: Connection | None) -> None:
        self.memory, self.queries, self.connection = memory, queries, connection
        self.since = time.monotonic()

    def rows(self, name: str, **by: str) -> Rows:
        """The rows of the query ``name``."""
        if name == "refused" and REFUSALS in self.queries and len(every := self._rows((REFUSALS, "", ""), {})) <= FEW:
            return refusals_of(every, by) if every else ()
        return self._rows(question(name, by), by)

    def _rows(self, asked: Question, by: Mapping[str, str]) -> Rows:
        since, rows = self.memory.rows(asked) or self._asked(asked, by)
        self.since = min(self.since, since)
        return rows

    def _asked(self, asked: Question, by: Mapping[str, str]) -> tuple[float, Rows]:
        """What the database says now."""
        if self.connection is None:
            raise NotKnownError(asked)
        edits, since, name = self.memory.edits, time.monotonic(), asked[0]
        if name in WITHIN and EVERYTHING in self.queries:
            answers = by_question(asked[1], self.connection.rows(self.queries[EVERYTHING], {"address": asked[1]}))
            if any(answers[name, asked[1], ""] for name in ("user", "alias")):
                self.memory.put_ours(edits, since, asked[1])
        else:
            answers = {asked: self.connection.rows(self.queries[name], by)}
        self.memory.put(edits, since, answers)
        return since, answers[asked]


def question(name: str, by: Mapping[str, str]) -> Question:
    """What is asked, as the memory knows it."""
    return name, by.get("address") or by.get("domain", ""), by.get("direction", "")


def refusals_of(rows: Rows, by: Mapping[str, str]) -> Rows:
    """The rows of REFUSALS as the query ``refused`` would have them, about one address in one direction."""
    asked = [by["direction"], by["address"]]
    return [[action] for direction, address, action in rows if [_word(direction), _word(address)] == asked]


def by_question(address: str, rows: Sequence[Sequence[object]]) -> dict[Question, Rows]:
    """The rows of EVERYTHING as each of the queries WITHIN would have them, about an address and its recipients."""
    answers: dict[Question, dict[tuple[object, object], None]] = {}
    parsed = [(_word(kind), _word(about), _word(value), quota) for kind, about, value, quota in rows]
    recipients = [value for kind, about, value, _ in parsed if (kind, about) == ("alias", address)]
    for name in (address, *recipients):
        answers |= {("user", name, ""): {}, ("alias", name, ""): {}}
    answers |= {("refused", address, direction): {} for direction in DIRECTIONS}
    for kind, about, value, quota in parsed:
        asked = ("refused", about, kind) if kind in DIRECTIONS else (kind, about, "")
        if asked in answers:
            answers[asked][value, quota] = None  # an alias that leads to itself has its rows twice
    return {asked: sorted(found, key=str) for asked, found in answers.items()}


def _word(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else str(value)
