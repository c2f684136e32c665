"""Asking in rounds: the judges run, what they wanted to know is asked all at once, and they run again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Question = tuple[str, str]  # name and type of records


@dataclass(frozen=True, slots=True)
class Unasked:
    """A question that got no answer; ``reason`` says why."""

    reason: str


Answer = tuple[str, ...] | Unasked  # no such record: an empty tuple
Ask = Callable[[str, str], Answer]  # name and type of records → their texts

# An answer leads to the next question: MX to addresses, SPF to its includes. SPF allows ten of them.
ROUNDS = 15
PENDING = Unasked("not asked yet")


class Notebook:
    """The answers that came so far, and the questions that nobody has asked yet."""

    def __init__(self) -> None:
        self.answers: dict[Question, Answer] = {}
        self.wanted: dict[Question, None] = {}

    def ask(self, name: str, kind: str) -> Answer:
        """What was answered; a question that was not asked is noted."""
        question = (name.lower().rstrip("."), kind)
        if question not in self.answers:
            self.wanted[question] = None
        return self.answers.get(question, PENDING)


def answered(judge: Callable[[Notebook], T], ask_all: Callable[[Iterable[Question]], Mapping[Question, Answer]]) -> T:
    """What ``judge`` says once all its questions were asked; each is asked once, however often it comes up."""
    notes = Notebook()
    for _ in range(ROUNDS):
        said = judge(notes)
        if not notes.wanted:
            return said
        notes.answers |= ask_all(list(notes.wanted))
        notes.wanted.clear()
    return judge(notes)
