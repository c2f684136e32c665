from __future__ import annotations

import pytest

from mailwright.formats.access import Refusal, refusals
from tests.unit.operator import file, told


@pytest.mark.parametrize(
    ("action", "rendered"),
    [
        ("REJECT", "REJECT"),
        ("reject", "REJECT"),
        ("Reject  No  mail, please", "REJECT No mail, please"),
        ("DEFER later", "DEFER later"),
        ("550 5.1.1 unknown", "550 5.1.1 unknown"),
        ("450 wait", "450 wait"),
    ],
)
def test_actions_that_refuse(action: str, rendered: str) -> None:
    assert refusals(file(f"User@Example.com\t\t{action}\n")) == (
        [Refusal("user@example.com", rendered, "file.cf:1")],
        [],
    )


@pytest.mark.parametrize(
    "action",
    (
        "OK,permit,RELAY,250 ok,PERMIT_AUTH_DESTINATION,REDIRECT a@b.c,FILTER smtp:[h],BCC a@b.c,PREPEND X: y,HOLD,"
        "DISCARD,DUNNO,WARN,INFO,permit_mynetworks,check_policy_service inet:h:1,REJECTED,550,5500 x,360 go"
    ).split(","),
)
def test_actions_that_could_permit_or_lead_elsewhere(action: str) -> None:
    found, problems = refusals(file(f"a@example.com {action}\n"))
    shown = "the action" if action == "REJECTED" else repr(action.partition(" ")[0])
    assert found == []
    assert told(problems)[0].startswith(f"file.cf:1: a@example.com: {shown} is not REJECT, DEFER")


@pytest.mark.parametrize("name", ["@example.com", "example.com", "user@", "user", "a@b@c.d", ""])
def test_rows_are_for_one_address(name: str) -> None:
    found, problems = refusals(file(f"{name} REJECT\n"))
    assert found == []
    assert told(problems)[0].endswith("(hint: user@domain REJECT [text])")


def test_an_address_without_action_and_one_that_stands_twice() -> None:
    _, problems = refusals(file("a@example.com\nb@example.com REJECT\nB@example.com DEFER\n"))
    assert told(problems) == [
        "file.cf:1: a@example.com has no action (hint: user@domain REJECT [text])",
        "file.cf:3: b@example.com has a row already (hint: see file.cf:2)",
    ]
