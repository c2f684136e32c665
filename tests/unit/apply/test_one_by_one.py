"""A checker that ends at the first mistake is asked again, so that one pass names all."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from mailwright.apply.one_by_one import MOST, all_lines

FILES = ("d/main.conf", "d/local.conf")


def ask(folder: str) -> list[str]:
    """What a checker says that ends at the first line with "bad", or at a brace that does not close."""
    path = Path(folder, FILES[-1])
    depth = 0
    for number, line in enumerate(path.read_text().split("\n"), start=1):
        depth += line.count("{") - line.count("}")
        if "bad" in line or depth < 0:
            return [f"Fatal: {path} line {number}: {line.strip()}"]
    return [f"Fatal: {folder}/{FILES[0]}: Missing '}}'"] if depth else []


@pytest.fixture(autouse=True)
def _copies_in_the_tests_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))


def told(etc: Path, text: str) -> list[str]:
    """What is said of ``text`` in the operator's file below ``etc``, which stays as it is."""
    for name, content in zip(FILES, ("", text), strict=True):
        (etc / name).parent.mkdir(exist_ok=True)
        (etc / name).write_text(content)
    lines = all_lines(ask, ask(str(etc)), etc, FILES)
    assert (etc / FILES[1]).read_text() == text
    return [line.removeprefix(f"Fatal: {etc}/{FILES[1]} ") for line in lines]


def test_each_bad_line_is_told_with_its_own_number(tmp_path: Path) -> None:
    assert told(tmp_path, "bad = 1\ngood = 2\nsection {\n  bad = 3\n}\n") == ["line 1: bad = 1", "line 4: bad = 3"]


def test_a_bad_block_is_one_mistake_whatever_is_in_it(tmp_path: Path) -> None:
    text = "badblock {\n  inner {\n    bad = 1\n  }\n}\nbad = 2\n"
    assert told(tmp_path, text) == ["line 1: badblock {", "line 6: bad = 2"]


def test_what_follows_from_a_line_that_was_left_out_is_not_told(tmp_path: Path) -> None:
    assert told(tmp_path, "bad = 1\nopen {\n") == ["line 1: bad = 1"]


def test_the_number_of_mistakes_in_one_pass_has_a_limit(tmp_path: Path) -> None:
    assert len(told(tmp_path, "bad = 1\n" * 100)) == MOST + 1
