from __future__ import annotations

import re

import pytest

from mailwright.services.rsyslog.fields import FIELDS, RULES, Rule, quoted

EVERY = [rule for rules in RULES.values() for rule in rules]


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: f"{rule.word}{rule.fields}")
def test_a_pattern_has_the_groups_that_its_fields_name(rule: Rule) -> None:
    assert max(rule.fields.values(), default=0) <= re.compile(rule.pattern.replace("[^][ ]", r"[^\\]\\[ ]")).groups
    assert "(?" not in rule.pattern
    assert {*rule.fields, "action"} <= set(FIELDS)


def test_a_pattern_is_a_string_of_rainerscript() -> None:
    assert quoted(r'^ "a\[$') == r'"^ \"a\\[\$"'


def test_the_usual_lines_are_asked_for_first() -> None:
    assert next(rule.action for rule in RULES["postfix"]) == "delivered"
