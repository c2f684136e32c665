from __future__ import annotations

import pytest

from mailwright.explain.explanation import ExplainedSetting, Explanation
from mailwright.explain.lookup import Inactive, NotRendered, Unknown, answer, variable
from mailwright.settings.compatibility import RETIRED
from tests.unit.operator import ACCOUNTS, deployment

EXPLANATION = Explanation(deployment(ACCOUNTS))


@pytest.mark.parametrize(
    ("typed", "name"),
    [("tls_level", "TLS_LEVEL"), (" settings.tls_level ", "TLS_LEVEL"), ("RELAY_PASSWORD__FILE", "RELAY_PASSWORD")],
)
def test_the_name_of_a_variable(typed: str, name: str) -> None:
    assert variable(typed) == name


def test_a_setting_has_precedence_over_a_parameter() -> None:
    assert isinstance(answer(EXPLANATION, "tz"), ExplainedSetting)


def test_a_retired_name_gives_its_reason_and_where_it_is_set() -> None:
    name = min(RETIRED)
    explanation = Explanation(deployment(ACCOUNTS, **{name: "1"}))
    assert answer(explanation, name) == Inactive(name, f"has no effect: {RETIRED[name]}", "environment")


def test_a_table_is_not_searched_for_a_bare_name() -> None:
    assert isinstance(answer(EXPLANATION, "alice@example.com"), Unknown)


def test_a_secret_file_is_not_searched() -> None:
    assert answer(EXPLANATION, "userdb:alice") == Unknown("/etc/dovecot/userdb is secret: its content is not shown")


def test_the_hint_is_the_nearest_name() -> None:
    found = answer(EXPLANATION, "main.cf:mynetwork")
    assert found == NotRendered("postfix/main.cf", "mynetwork", "did you mean mynetworks?", "Postfix")
    assert answer(EXPLANATION, "dovcot.conf:1") == Unknown(
        "there is no rendered file dovcot.conf", "did you mean dovecot.conf?"
    )
