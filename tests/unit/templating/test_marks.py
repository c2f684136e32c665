from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.templating import marks
from mailwright.templating.templates import Marked, Templates
from tests.unit.operator import file

VALUES = {"yes": True, "no": False, "items": ("a", "b"), "value": "it"}


def origins(**sources: str) -> list[tuple[str, str]]:
    """Each rendered line of the template ``main``, with the template's line that it is said to stem from."""
    templates = {name: file(text, name) for name, text in sources.items()}
    text, places = marks.separated(Templates(Marked(templates)).render("main", **VALUES))
    assert text == Templates(templates).render("main", **VALUES)
    return list(zip(text.removesuffix("\n").split("\n"), places, strict=True))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("a\n\nb\n", [("a", "main:1"), ("", ""), ("b", "main:3")]),
        ("{% if no %}\na\n{% else %}\nb\n{% endif %}\nc\n", [("b", "main:4"), ("c", "main:6")]),
        ("{# one\ntwo #}\na\n", [("a", "main:3")]),
        ("a ={% for it in items %} {{ it }}{% endfor %}\n\nb\n", [("a = a b", "main:1"), ("b", "main:3")]),
        ("{% for it in items %}\n{{ it }} = 1\n{% endfor %}\n", [("a = 1", "main:2"), ("b = 1", "main:2")]),
        ("{%- if yes -%}\n\n  a\n{%- endif %}\nb", [("ab", "main:3")]),
        ("{% raw %}{{ a }}\n{% endraw %}\nb\n", [("{{ a }}", "main:1"), ("b", "main:3")]),
        ("{% set x %}v{% endset %}\nn\na = {{ x }}\n", [("n", "main:2"), ("a = v", "main:3")]),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}\na{{ m(1) }}\n", [("a<1>", "main:2")]),
        ("{{ value\n}}\nb\n", [("it", "main:1"), ("b", "main:3")]),
    ],
)
def test_lines_of_a_template(template: str, expected: list[tuple[str, str]]) -> None:
    assert origins(main=template) == expected


def test_an_included_line_names_its_own_template() -> None:
    told = origins(main="a\n{% include 'part' %}\nb\n", part="c\n{{ value }}\n")
    assert told == [("a", "main:1"), ("c", "part:1"), ("it", "part:2"), ("b", "main:3")]


def test_a_mark_stands_behind_its_line_and_blank_lines_have_none() -> None:
    marked = Templates(Marked({"main": file("a = {{ value }}\n\n", "main")})).render("main", **VALUES)
    assert marked == f"a = it{marks.mark('main:1')}\n\n"


TEXT = (
    st.just(["N = {{ value }}\n"])
    | st.just(["  N\n"])
    | st.just(["\n"])
    | st.just(["{{ value }} N\n"])
    | st.just(["{#\n", "N\n", "#}\n"])
)
FRAGMENTS = st.recursive(
    TEXT,
    lambda inner: st.tuples(
        st.sampled_from(
            [
                ("{% if yes %}\n", "{% endif %}\n"),
                ("{% if no %}\n", "{% endif %}\n"),
                ("  {% for it in items %}\n", "  {% endfor %}\n"),
                ("{% set x = 1 %}\n", "{# - #}\n"),
            ]
        ),
        st.lists(inner, max_size=4),
    ).map(lambda it: [it[0][0], *(line for lines in it[1] for line in lines), it[0][1]]),
    max_leaves=20,
)


@given(st.lists(FRAGMENTS, max_size=8))
def test_every_line_tells_the_number_that_it_was_written_on(fragments: list[list[str]]) -> None:
    lines = "".join(line for it in fragments for line in it) or "\n"
    numbered = "".join(
        line.replace("N", f"N{number}") for number, line in enumerate(lines.splitlines(keepends=True), start=1)
    )
    for line, place in origins(main=numbered):
        number = re.search(r"N(\d+)", line)
        assert place == (f"main:{number[1]}" if number else "")
