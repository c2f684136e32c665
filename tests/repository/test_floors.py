"""The floors hold: lower ones are pure, and nobody imports upwards."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.repository.source import ROOT, name, pure_modules

# What touches the world. dataclasses.field and datetime are fine, datetime.now() is not.
WORLD = {
    "os",
    "sys",
    "subprocess",
    "socket",
    "ssl",
    "shutil",
    "pathlib",
    "time",
    "tempfile",
    "signal",
    "urllib",
    "http",
}
PURE = {"urllib.parse"}
ACTS = {"open", "print", "input", "exec", "eval", "now", "today", "utcnow"}


def test_import_contracts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == 0


@pytest.mark.parametrize("path", pure_modules(), ids=name)
def test_lower_floors_do_not_touch_the_world(path: Path) -> None:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                found += [alias.name for alias in names if _touches(alias.name)]
            case ast.ImportFrom(module=str(module)) if _touches(module):
                found.append(module)
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if called in ACTS:
                found.append(f"{called}() in line {node.lineno}")
    assert found == []


def _touches(module: str) -> bool:
    return module.split(".", maxsplit=1)[0] in WORLD and module not in PURE
