"""The repository's own files, as the tests of the house look at them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "target" / "mailwright"
TEMPLATES = ROOT / "templates"
# The floors that are pure: what they say depends on their arguments alone.
PURE = ("core", "formats", "settings", "templating", "model", "services", "render", "explain")
# Judges and tables among the floors that look at the world.
PURE_TOO = (
    "dns/dkim_rotation",
    "dns/questions",
    "dns/records",
    "dns/spf",
    "doctor/certificates",
    "doctor/domain",
    "doctor/host",
    "doctor/machine",
    "doctor/partial",
    "doctor/policies",
    "doctor/catalogue",
    *(
        f"trace/{name}"
        for name in "configuration departure ends expansion mail replies restrictions sending tables traced".split()
    ),
)


def python_files() -> list[Path]:
    """Every Python file of ours."""
    return sorted(path for room in ("target", "tests", "benchmarks", "scripts") for path in (ROOT / room).rglob("*.py"))


def pure_modules() -> list[Path]:
    """The modules that touch nothing of the world."""
    rooms = [PACKAGE / name for name in (*PURE, *PURE_TOO)]
    files = [path for room in rooms for path in (room.rglob("*.py") if room.is_dir() else [room.with_suffix(".py")])]
    return sorted(files)


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
