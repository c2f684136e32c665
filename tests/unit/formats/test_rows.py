from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.formats.rows import Rows

BOB = "bob@example.com"


@pytest.mark.parametrize(
    ("text", "glue", "name", "rest"),
    [
        (f"{BOB}|x\n", "|", BOB, "x"),
        ("  Bob@Example.com | x|y  \r\n", "|", BOB, "x|y"),
        (f"{BOB}:5G", ":", BOB, "5G"),
        (f"{BOB}\tx, y\n", " ", BOB, "x, y"),
        ("@example.com\n", " ", "@example.com", ""),
        (f"#{BOB}|x\n", "|", BOB, None),
        (f"x{BOB}|x\n", "|", BOB, None),  # nobody is found by the end of a name
        (f"{BOB}.uk|x\n", "|", BOB, None),  # nor by its beginning
        ("a.b@example.com|x\n", "|", "a-b@example.com", None),
    ],
)
def test_get(text: str, glue: str, name: str, rest: str | None) -> None:
    assert Rows(text, glue).get(name) == rest


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", f"{BOB}|new\n"),
        ("# all\n", f"# all\n{BOB}|new\n"),
        ("a@b.c|x", f"a@b.c|x\n{BOB}|new\n"),
        ("a@b.c|x\r\n", f"a@b.c|x\r\n{BOB}|new\r\n"),
        (f"# 1\n{BOB} | old  \n# 2\na@b.c|x\n", f"# 1\n{BOB}|new\n# 2\na@b.c|x\n"),
        (f"{BOB}|old\r\nlast|x", f"{BOB}|new\r\nlast|x"),
    ],
)
def test_put(text: str, after: str) -> None:
    assert Rows(text, "|").put(BOB, "new").text == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (f"# 1\n{BOB}|x\n# 2\n", "# 1\n# 2\n"),
        (f"a|1\n{BOB}|x\nb|2\n{BOB}|y", "a|1\nb|2\n"),
        (f"{BOB}|x\r\na|1\r\n", "a|1\r\n"),
        ("a|1\n", "a|1\n"),
    ],
)
def test_without(text: str, after: str) -> None:
    assert Rows(text, "|").without(BOB).text == after


NAMES = st.sampled_from(["a@x.test", "b@x.test", "ab@x.test", "a@x.test.uk", "@x.test"])
EDITS = st.lists(st.tuples(NAMES, st.none() | st.sampled_from(["1", "2,3", "{X}$y|z=1"])), max_size=8)
LINES = st.lists(st.sampled_from(["# note", "", "c@x.test 9", "  ", "d@x.test\t8"]), max_size=5)


@given(LINES, EDITS, st.sampled_from(["\n", "\r\n"]))
def test_edits_touch_their_rows_only(lines: list[str], edits: list[tuple[str, str | None]], end: str) -> None:
    text = "".join(line + end for line in lines)
    rows, wanted = Rows(text), dict(Rows(text))
    for name, rest in edits:
        if rest is None:
            rows = rows.without(name)
            wanted.pop(name, None)
        else:
            rows = rows.put(name, rest)
            wanted[name] = rest
    assert dict(rows) == wanted
    kept = [line for line in rows.text.split(end) if not line.strip() or line.startswith("#")]
    assert kept[: len([it for it in lines if not it.strip() or it.startswith("#")])] == [
        it for it in lines if not it.strip() or it.startswith("#")
    ]
