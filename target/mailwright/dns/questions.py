"""DNS questions in rounds: the checks run, all questions that came up are asked at once, and the checks run again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Question = tuple[str, str]  # name and type of records


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that got no answer; ``reason`` says why."""

    reason: str


Answer = tuple[str, ...] | Unanswered  # an empty tuple: there is no such record
Ask = Callable[[str, str], Answer]  # name and type of records → their texts

# An answer leads to the next question: MX to addresses, SPF to its includes. SPF allows ten of them.
ROUNDS = 15
PENDING = Unanswered("not asked yet")


class Lookups:
    """The answers so far, and the questions to ask in the next round."""

    def __init__(self) -> None:
        self.answers: dict[Question, Answer] = {}
        self.pending: dict[Question, None] = {}

    def ask(self, name: str, kind: str) -> Answer:
        """The answer; PENDING for a new question, which is kept for the next round."""
        question = (name.lower().rstrip("."), kind)
        if question not in self.answers:
            self.pending[question] = None
        return self.answers.get(question, PENDING)


def ask_in_rounds(
    check: Callable[[Lookups], T], ask_all: Callable[[Iterable[Question]], Mapping[Question, Answer]]
) -> T:
    """The result of ``check`` after all its questions were asked; the same question is asked once only."""
    lookups = Lookups()
    for _ in range(ROUNDS):
        result = check(lookups)
        if not lookups.pending:
            return result
        lookups.answers |= ask_all(list(lookups.pending))
        lookups.pending.clear()
    return check(lookups)
