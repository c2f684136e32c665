from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from mailwright.dns import spf
from mailwright.dns.questions import PENDING, ROUNDS, Answer, Lookups, Question, ask_in_rounds
from tests.unit.doctor.zone import dns


class World:
    """Answers the questions of a round, and keeps the rounds."""

    def __init__(self, text: str) -> None:
        self.ask = dns(text)
        self.rounds: list[list[Question]] = []

    def ask_all(self, questions: Iterable[Question]) -> dict[Question, Answer]:
        asked = list(questions)
        self.rounds.append(asked)
        return {question: self.ask(*question) for question in asked}


def test_a_new_question_is_pending_and_an_old_one_has_its_answer() -> None:
    lookups = Lookups()
    assert lookups.ask("A.test.", "MX") is PENDING
    assert list(lookups.pending) == [("a.test", "MX")]
    lookups.answers["a.test", "MX"] = ()
    assert lookups.ask("a.test", "MX") == ()


def test_an_answer_leads_to_the_next_question() -> None:
    world = World("MX a.test 10 mx.a.test.\nA mx.a.test 192.0.2.1\nTXT a.test v=spf1 mx -all")
    address = ip_address("192.0.2.1")

    def check(lookups: Lookups) -> str:
        try:
            return spf.Check(address, lookups.ask).result("a.test")
        except spf.UnknownResultError:
            return "unknown"

    assert ask_in_rounds(check, world.ask_all) == "pass"
    assert world.rounds == [[("a.test", "TXT")], [("a.test", "MX")], [("mx.a.test", "A")]]


def test_one_name_in_two_spellings_is_one_question() -> None:
    world = World("A mx.a.test 192.0.2.1")
    names = ("MX.a.test.", "mx.a.test")
    answers = ask_in_rounds(lambda lookups: [lookups.ask(name, "A") for name in names], world.ask_all)
    assert answers == [("192.0.2.1",), ("192.0.2.1",)]
    assert world.rounds == [[("mx.a.test", "A")]]


def test_a_check_without_questions_runs_once() -> None:
    world = World("")
    assert ask_in_rounds(lambda _: "done", world.ask_all) == "done"
    assert world.rounds == []


def test_the_number_of_rounds_is_limited() -> None:
    world = World("")

    def check(lookups: Lookups) -> int:
        for number in range(len(lookups.answers) + 1):
            lookups.ask(f"{number}.test", "A")
        return len(lookups.answers)

    assert ask_in_rounds(check, world.ask_all) == ROUNDS == len(world.rounds)
