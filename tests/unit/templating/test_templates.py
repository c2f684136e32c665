from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.problems import ConfigurationError
from mailwright.core.textfile import CONTROL, TextFile
from mailwright.templating import templates
from mailwright.templating.templates import Templates

FILTERS = [
    templates.postfix,
    templates.dovecot,
    templates.supervisor,
    templates.ucl,
    templates.lua,
    templates.sieve,
    templates.one_line,
]


def render(text: str, **context: object) -> str:
    return Templates({"a.j2": TextFile("templates/a.j2", text)}).render("a.j2", **context)


@pytest.mark.parametrize(
    ("text", "value", "rendered"),
    [
        ("{{ it }}", "a $b", "a $b"),
        ("{{ it | postfix }}", "a $b", "a $$b"),
        ("{{ it | dovecot }}", r'a "b" \ %u', r'"a \"b\" \\ %%u"'),
        ("{{ it | supervisor }}", "100%", "100%%"),
        ("{{ it | ucl }}", r'a "b" \ $c {d}', r'"a \"b\" \\ \u0024c \u007bd}"'),
        ("{{ it | lua }}", r'a "b" \ $c {d}', r'"a \"b\" \\ \036c \123d}"'),
        ("{{ it | sieve }}", r'a "b" \ $c', r"a \"b\" \\ $c"),
        ("{{ it }}", 5, "5"),
        ("<{{ it }}>", "<&>", "<<&>>"),
        ("{% if it %}\nyes\n{% endif %}\n", True, "yes\n"),
    ],
)
def test_quoting(text: str, value: object, rendered: str) -> None:
    assert render(text, it=value) == rendered


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n{{ it }}\n", "templates/a.j2:2: a line break or control character can't be written into a configuration"),
        ("a\n\n{{ nothing }}\n", "templates/a.j2:3: 'nothing' is undefined"),
        ("a\n{% if %}\n", "templates/a.j2:2: Expected an expression, got 'end of statement block'"),
        ("a\n{{ it | nofilter }}\n", "templates/a.j2:2: No filter named 'nofilter'."),
        ("{{ 1 + it }}\n", "templates/a.j2:1: unsupported operand type(s) for +: 'int' and 'str'"),
        ("a\n{{ 1 / 0 }}\n", "templates/a.j2:2: division by zero"),
        ('a\n{% include "b.j2" %}\n', "templates/a.j2:2: b.j2"),
    ],
)
def test_a_broken_template_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        render(text, it="x\ny")
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("objects", "hint"),
    [
        ({}, ""),
        ({"mailserver": SimpleNamespace(hostname="mail.example.com")}, " (did you mean mailserver.hostname?)"),
        (
            {"mailserver": SimpleNamespace(hostname="a"), "tls": SimpleNamespace(hostname="b")},
            " (did you mean mailserver.hostname or tls.hostname?)",
        ),
        ({"mailserver": SimpleNamespace(domain="example.com")}, ""),
    ],
)
def test_an_undefined_name_gets_a_hint_where_an_object_has_it(objects: dict[str, object], hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        render("{{ hostname }}\n", **objects)
    assert str(caught.value) == f"templates/a.j2:1: 'hostname' is undefined{hint}"


@pytest.mark.parametrize("broken", ["{% if", "{{ nothing }}", '{% include "a.j2" %}'])
def test_a_broken_include_is_named_itself(broken: str) -> None:
    files = {"a.j2": '{% include "b.j2" %}', "b.j2": f"\n{broken}"}
    sources = {path: TextFile(f"templates/{path}", text) for path, text in files.items()}
    with pytest.raises(ConfigurationError, match=r"templates/b\.j2:2: "):
        Templates(sources).render("a.j2")


@pytest.mark.parametrize("quote", FILTERS)
@given(st.text())
def test_no_value_ends_a_line(quote: Callable[[object], str], text: str) -> None:
    try:
        quoted = quote(text)
    except ValueError:
        assert CONTROL.search(text) or "\n" in text
        return
    assert not CONTROL.search(quoted)
    assert "\n" not in quoted


@given(st.text().filter(lambda text: not CONTROL.search(text) and "\n" not in text))
def test_what_is_quoted_can_be_read_back(text: str) -> None:
    assert templates.postfix(text).replace("$$", "$") == text
    quoted = templates.dovecot(text)
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', quoted)
    assert re.sub(r"\\(.)", r"\1", quoted[1:-1]).replace("%%", "%") == text
