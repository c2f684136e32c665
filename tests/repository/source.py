"""The repository's own files, as the tests of the house look at them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "target" / "mailwright"
TEMPLATES = ROOT / "templates"
ROOMS = ("cli",)
SHELL = (
    "boot",
    "checks",
    "control",
    "converge",
    "doctor/authority",
    "doctor/observe",
    "doctor/resolver",
    "doctor/rounds",
    "editing",
    "generations",
    "health",
    "live",
    "log",
    "outcome",
    "settle",
    "stamp",
    "state",
    "stream",
    "supervision",
    "system",
    "usage",
    "watch",
    "__main__",
)  # floors 5 and 6


def python_files() -> list[Path]:
    """Every Python file of ours."""
    return sorted(path for room in ("target", "tests", "benchmarks", "scripts") for path in (ROOT / room).rglob("*.py"))


def pure_modules() -> list[Path]:
    """The modules of floors 0 to 4."""
    shell = {PACKAGE / f"{name}.py" for name in SHELL} | {it for room in ROOMS for it in (PACKAGE / room).rglob("*.py")}
    return sorted(path for path in PACKAGE.rglob("*.py") if path not in shell)


def text_files() -> list[Path]:
    """Code, templates and scripts, whose length is looked at."""
    suffixes = ("*.py", "*.j2", "*.sh", "Dockerfile", "Makefile")
    rooms = [ROOT / name for name in ("target", "templates", "tests", "benchmarks", "scripts")]
    return sorted({path for room in rooms for suffix in suffixes for path in room.rglob(suffix)} | {ROOT / "Makefile"})


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def name(path: Path) -> str:
    """The path below the repository, for a test's name."""
    return path.relative_to(ROOT).as_posix()
