"""Files and functions stay short enough to be read in one go."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repository.source import functions, name, python_files, text_files


@pytest.mark.parametrize("path", text_files(), ids=name)
def test_no_file_over_300_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


def test_no_function_over_40_lines() -> None:
    spans = {
        f"{name(path)}:{it.lineno} {it.name}": (it.end_lineno or 0) - it.lineno + 1
        for path in python_files()
        for it in functions(path)
    }
    assert {place: lines for place, lines in spans.items() if lines > 40} == {}


def test_no_module_named_for_nothing() -> None:
    empty = ("util", "utils", "helper", "helpers", "manager", "handler", "common", "misc", "data", "info")
    assert [name(path) for path in python_files() if path.stem in empty] == []
