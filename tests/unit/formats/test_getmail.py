from __future__ import annotations

from ast import literal_eval

import pytest

from mailwright.formats.getmail import parse, written
from tests.unit.operator import file, told

TEXT = """# old mailbox
[retriever]
type = SimplePOP3SSLRetriever
password: se%cret

[destination]
arguments = ("-d",
  "bob@example.com")
Path=/x
"""


def test_sections_and_lines() -> None:
    [rc], problems = parse(file(TEXT, "getmail/bob.cf"))
    assert not problems
    assert rc.get("retriever", "password") == "se%cret"
    assert rc.get("destination", "path") == "/x"
    assert rc.get("options", "delete") == ""
    assert [rc.at("retriever", "password"), rc.at("destination"), rc.at("options")] == [
        "getmail/bob.cf:4",
        "getmail/bob.cf:6",
        "getmail/bob.cf",
    ]
    assert rc.at("destination", "unset") == "getmail/bob.cf:6"
    assert "se%cret" not in repr(rc)


def test_what_is_written_is_read_again() -> None:
    [rc], _ = parse(file(TEXT))
    [again], _ = parse(file(written(rc.sections)))
    assert again.get("retriever", "password") == "se%cret"
    assert literal_eval(again.get("destination", "arguments")) == ("-d", "bob@example.com")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("secret = 1\n", "file.cf:1: comes before the first section (hint: [retriever] on a line of its own)"),
        ("[a]\nx = 1\n[a]\n", "file.cf:3: [a] is there twice"),
        ("[a]\nx = secret\nx = 2\n", "file.cf:3: a: x is there twice"),
        ("[a]\nsecret words\n", "file.cf:2: is not a section, nor name = value"),
    ],
)
def test_a_line_is_named_by_its_number(text: str, said: str) -> None:
    rcs, problems = parse(file(text))
    assert not rcs
    assert told(problems) == [said]
