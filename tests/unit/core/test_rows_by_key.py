from __future__ import annotations

from typing import NamedTuple

import pytest

from mailwright.core.problems import Problem
from mailwright.core.rows_by_key import LAST, Refused, rows_by_key
from mailwright.core.textfile import TextFile


class Row(NamedTuple):
    name: str
    value: str
    where: str


def parsed(line: str, where: str) -> Row | Problem:
    name, equals, value = line.partition("=")
    return Row(name, value, where) if equals else Problem(where, "has no =")


def joined(_: str, first: Row, second: Row) -> tuple[Row, Problem]:
    return first._replace(value=first.value + second.value), Problem(second.where, "again", "", True)


FILE = TextFile("file.cf", "# comment\na=1\nnone\nb=2\na=3\n")


def test_the_first_counts_and_the_second_is_a_problem() -> None:
    rows, problems = rows_by_key(FILE, parsed, lambda row: row.name, Refused("is set"))
    assert rows == [Row("a", "1", "file.cf:2"), Row("b", "2", "file.cf:4")]
    assert [str(problem) for problem in problems] == [
        "file.cf:3: has no =",
        "file.cf:5: a is set already (hint: see file.cf:2)",
    ]


def test_rows_that_are_joined() -> None:
    rows, problems = rows_by_key(FILE, parsed, lambda row: row.name, joined)
    assert rows[0] == Row("a", "13", "file.cf:2")
    assert problems[-1] == Problem("file.cf:5", "again", "", True)


@pytest.mark.parametrize("more", ["b=4\nc=5\n", "none\n", ""])
def test_lines_at_the_end_alone_are_parsed_and_the_result_is_the_same(more: str) -> None:
    places = list[str]()

    def counted(line: str, where: str) -> Row | Problem:
        places.append(where)
        return parsed(line, where)

    longer = TextFile("file.cf", FILE.text + more)
    whole = rows_by_key(FILE, parsed, lambda row: row.name, joined)
    assert rows_by_key(FILE, counted, lambda row: row.name, joined) == whole
    places.clear()
    in_two = rows_by_key(longer, counted, lambda row: row.name, joined)
    assert places == [f"file.cf:{6 + number}" for number in range(more.count("\n"))]
    LAST.clear()
    assert in_two == rows_by_key(longer, parsed, lambda row: row.name, joined)
    assert rows_by_key(FILE, counted, lambda row: row.name, joined) == whole


def test_a_last_line_without_its_end_is_parsed_again() -> None:
    for text in ("a=1", "a=12\n"):
        rows, _ = rows_by_key(TextFile("file.cf", text), parsed, lambda row: row.name, joined)
    assert rows == [Row("a", "12", "file.cf:1")]
