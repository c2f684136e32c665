from __future__ import annotations

import pytest

from mailwright.apply.causes import LONGEST, Causes, causes, listed, request, requested

COMMAND = "setup email add bob@example.com"


@pytest.mark.parametrize(
    ("why", "clause"),
    [
        (Causes(files=("mailserver.env",)), "because mailserver.env changed"),
        (Causes(files=("a", "b")), "because a and b changed"),
        (Causes(files=("a", "b", "c", "d", "e")), "because a, b, c and 2 more changed"),
        (Causes((COMMAND,)), f"because of {COMMAND}"),
        (Causes((COMMAND,), ("a",)), f"because a changed and because of {COMMAND}"),
        (Causes(events=("the last pass was interrupted",)), "because the last pass was interrupted"),
    ],
)
def test_told_in_a_sentence(why: Causes, clause: str) -> None:
    assert why.clause() == clause


def test_each_by_itself() -> None:
    assert Causes((COMMAND,), ("a", "b"), ("start",)).texts() == (COMMAND, "a changed", "b changed", "start")
    assert not Causes()
    assert listed(["a"]) == "a"


def test_joined_once() -> None:
    assert Causes(("c",), ("a",)).joined(Causes(("c", "d"), ("b", "a"))) == Causes(("c", "d"), ("a", "b"))


def test_a_request_is_understood() -> None:
    line = request(COMMAND, ["postfix-accounts.cf"])
    assert line.startswith(b"live?")
    assert line.endswith(b"\n")
    assert requested(line) == Causes((COMMAND,), ("postfix-accounts.cf",))
    long = requested(request("x" * 999, []))
    assert len(long.commands[0]) == LONGEST + 1


@pytest.mark.parametrize("line", [b"live?\n", b"live? {", b"live? []\n", b'live? {"command": "x"}\n', b"\xff\n"])
def test_a_request_without_reason_counts_too(line: bytes) -> None:
    assert requested(line) == Causes()


def test_what_a_command_edited_is_no_cause_of_its_own() -> None:
    lines = [request("setup one", ["a"]), b"live?\n", request("setup two", ["a", "b"])]
    assert causes(["a", "b", "c"], lines) == Causes(("setup one", "setup two"), ("c",))
    assert causes(["a"], []) == Causes(files=("a",))
