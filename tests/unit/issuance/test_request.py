"""What root takes from the program that speaks with the CA, which a stranger may have taken over."""

from __future__ import annotations

import json

import pytest

from mailwright.issuance.request import LONGEST, Answer, Failure, Result, Wanted

WANTED = (Wanted(("mail.example.com", "imap.example.com")),)
GOOD: dict[str, object] = {"results": [], "failure": None, "retry_after": 0.0, "hints": []}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 200_000,
        "null",
        json.dumps(GOOD),
        json.dumps(GOOD | {"results": 5}),
        json.dumps(GOOD | {"results": [{"chain": "", "failures": []}]}),
        json.dumps(GOOD | {"results": [{"chain": "", "failures": {"": {"kind": "x"}}}]}),
        json.dumps(GOOD | {"results": [{"chain": "", "failures": {}}] * 2}),
        json.dumps(GOOD | {"results": [{"chain": "", "failures": {}}], "retry_after": "soon"}),
        json.dumps(GOOD | {"results": [{"chain": "", "failures": {}}], "hints": 7}),
    ],
)
def test_anything_else_is_no_answer(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Answer.read(text, WANTED)


def test_texts_are_short_and_names_are_those_that_were_asked() -> None:
    failure = {"kind": ["caa"], "detail": "x" * 1_000_000, "cure": {"a": "b"}}
    failures = {"mail.example.com": failure, "evil.test": failure, "other.test": failure}
    content = GOOD | {"results": [{"chain": "", "failures": failures}], "hints": ["y" * 9999] * 9999}
    (result,) = Answer.read(json.dumps(content), WANTED).results
    assert list(result.failures) == ["mail.example.com", ""]
    assert all(len(one.detail) == LONGEST and isinstance(one.kind, str) for one in result.failures.values())
    assert sum(map(len, Answer.read(json.dumps(content), WANTED).hints)) <= 100 * LONGEST


@pytest.mark.parametrize("seconds", [float("nan"), -1e9])
def test_a_time_to_wait_is_none_in_the_past(seconds: float) -> None:
    content = GOOD | {"failure": {"kind": "x", "detail": "", "cure": ""}, "retry_after": seconds}
    assert Answer.read(json.dumps(content), WANTED).retry_after == 0.0


def test_an_answer_comes_back_as_it_was() -> None:
    answer = Answer((Result("chain", {"imap.example.com": Failure("caa", "no", "ask")}),), None, 3.0, ("hint",))
    assert Answer.read(answer.text(), WANTED) == answer
