from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.textfile import decode
from mailwright.formats.main_cf import parameters, without, without_unused
from tests.unit.operator import file, told

RENDERED = """\
# comment
myhostname = mail.example.com
mynetworks = 127.0.0.0/8
  172.16.0.0/12

# kept = comment
biff = no
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a = 1\nb=2\n", [("a", "1", 1), ("b", "2", 2)]),
        ("a =\n  1,\n\t2\n", [("a", "1, 2", 1)]),
        ("a = 1\n# comment\n\n  2\nb =\n", [("a", "1 2", 1), ("b", "", 5)]),
        ("a = b = c $d\n", [("a", "b = c $d", 1)]),
        ("relay-a.test-587_rate_delay = 1s\n", [("relay-a.test-587_rate_delay", "1s", 1)]),
    ],
)
def test_parameters(text: str, found: list[tuple[str, str, int]]) -> None:
    parsed, problems = parameters(file(text))
    assert [(it.name, it.value, it.line) for it in parsed] == found
    assert problems == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\nnonsense\n", "file.cf:2: 'nonsense' is not of the form name = value"),
        ("  a = 1\n", "file.cf:1: begins with a blank, but there is no line before it to continue"),
        ("a b = 1\n", "file.cf:1: 'a…' is not of the form name = value"),
        ("a = 1\nb = 2\na = 3\n", "file.cf:3: a is set in line 1 too (hint: keep one)"),
    ],
)
def test_no_parameters(text: str, said: str) -> None:
    assert told(parameters(file(text))[1]) == [said]


@pytest.mark.parametrize(
    ("override", "kept"),
    [
        ("", RENDERED),
        ("other = 1\n", RENDERED),
        ("biff = yes\n", RENDERED.replace("biff = no", "# biff: see file.cf:1")),
        (
            "\nmynetworks =\n",
            RENDERED.replace("mynetworks = 127.0.0.0/8\n  172.16.0.0/12", "# mynetworks: see file.cf:2"),
        ),
        ("kept = 1\nmy = 2\n", RENDERED),
    ],
)
def test_without(override: str, kept: str) -> None:
    read = file(override)
    assert without(RENDERED, parameters(read)[0], read) == kept


NAMES = st.sampled_from(["myhostname", "mynetworks", "biff", "other"])


@given(st.dictionaries(NAMES, st.text(alphabet="ab ,$\n#")))
def test_what_is_overridden_is_set_once(overrides: dict[str, str]) -> None:
    text = "".join(f"{name} = {value.replace(chr(10), chr(10) + ' ')}\n" for name, value in overrides.items())
    override = file(text)
    overridden, problems = parameters(override)
    assert (problems, [it.name for it in overridden]) == ([], list(overrides))
    whole, duplicates = parameters(file(without(RENDERED, overridden, override) + text))
    assert duplicates == []
    assert {it.name for it in whole} == {"myhostname", "mynetworks", "biff"} | set(overrides)
    kept = {it.name: it.value for it in parameters(file(RENDERED))[0]}
    assert all(it.value == kept[it.name] for it in whole if it.name not in overrides)


@given(st.text() | st.text(alphabet="a=# \n\t$"))
def test_any_text_is_parsed(text: str) -> None:
    read, _ = decode("postfix-main.cf", text.encode("utf-8", "replace"))
    found, problems = parameters(read)
    assert all(problem.where.startswith("postfix-main.cf:") for problem in problems)
    assert all("\n" not in it.value for it in found)


HELPERS = """\
own_list = permit_mynetworks,
  reject
other = $own_list
own_second = ${own_third}
own_third = x
smtpd_x = $other
"""


@pytest.mark.parametrize(
    ("text", "elsewhere", "left"),
    [
        (HELPERS, "", {"own_list"}),
        (HELPERS, "smtpd_y = $own_second", {"own_list", "own_second", "own_third"}),
        (HELPERS, "# $own_second", {"own_list"}),
        (HELPERS.replace("$own_list", "static"), "  -o smtpd_z=$(own_third)\n", {"own_third"}),
        (HELPERS.replace("$own_list", "static"), "", set()),
    ],
)
def test_what_nothing_uses_is_left_out(text: str, elsewhere: str, left: set[str]) -> None:
    result = without_unused(text, re.compile(r"own_\w+"), elsewhere)
    found, problems = parameters(file(result))
    assert problems == []
    assert {it.name for it in found if it.name.startswith("own_")} == left
    assert ("  reject" in result) == ("own_list" in left)
