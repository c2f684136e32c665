"""Memory: what the directory said, for Postfix, which asks the same in several programs."""

from __future__ import annotations

import time
from collections.abc import Sequence

from mailwright.formats.ldap_messages import Message

RECENT = 2.0  # seconds for which an answer about an address counts without asking again
LONG = 100  # entries of an answer that is not remembered
FRESH = 60.0  # seconds for which an answer about a domain counts without asking again
STALE_NO = 300.0  # seconds for which "not a domain of ours" counts while the directory is down; "ours" counts on
REMEMBERED = 10_000  # answers


class Memory:
    """Answers of the directory to searches: the entries that were found. An error is never remembered."""

    def __init__(
        self, fresh: float, stale_no: float = 0.0, stale_yes: float = 0.0, *, first_only: bool = False
    ) -> None:
        self.fresh, self.stale_no, self.stale_yes, self.first_only = fresh, stale_no, stale_yes, first_only
        self.answers: dict[bytes, tuple[float, Sequence[bytes]]] = {}

    def put(self, question: Message, entries: Sequence[bytes]) -> None:
        """Keeps an answer of the directory, unless it is long."""
        self.answers.pop(question.rest, None)
        if len(entries) > LONG:
            return
        if len(self.answers) >= REMEMBERED:
            del self.answers[next(iter(self.answers))]
        self.answers[question.rest] = (time.monotonic(), entries)

    def get(self, question: Message, *, down: bool) -> Sequence[bytes] | None:
        """The entries; None if they are not known well enough."""
        if question.rest not in self.answers:
            return None
        since, entries = self.answers[question.rest]
        limit = self.fresh if not down else self.stale_yes if entries else self.stale_no
        return entries if time.monotonic() - since < limit else None


def of_addresses() -> Memory:
    """Answers of the last seconds: several of Postfix's programs ask about each mail's addresses."""
    return Memory(RECENT)


def of_domains() -> Memory:
    """Whether domains are ours: the first entry that was found, or that there is none.

    Postfix asks for every recipient and sender whether the domain is ours. An smtpd(8) remembers a failure as long as
    it runs, so that an address would be refused for minutes after the directory is back.
    """
    return Memory(FRESH, STALE_NO, float("inf"), first_only=True)
