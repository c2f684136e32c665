"""One by one: a checker that ends at the first mistake is asked again without that line, until it finds no more."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from mailwright.core.places import PLACE

MOST = 20  # mistakes that are looked for in one pass


def all_lines(ask: Callable[[str], Sequence[str]], first: Sequence[str], etc: Path, files: Sequence[str]) -> list[str]:
    """What a checker says of all mistakes in the last of ``files``, which is the operator's.

    ``ask`` gives its lines for the folder that stands for /etc, ``first`` are those for ``etc``. Nothing there changes.
    """
    lines = list(first)
    with tempfile.TemporaryDirectory(prefix="mailwright-") as folder:
        for file in files:
            Path(folder, file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(etc / file, Path(folder, file))
        latest = [line.replace(str(etc), folder) for line in first]
        for _ in range(MOST):
            if not _leave_out(Path(folder, files[-1]), latest):
                break
            latest = [line for line in ask(folder) if files[-1] in line]
            lines += [line.replace(folder, str(etc)) for line in latest]
    return lines


def _leave_out(file: Path, lines: Sequence[str]) -> bool:
    """Whether one of ``lines`` names a line of ``file``; it, or the block that it begins, is empty afterwards."""
    named = [int(match["line"]) for line in lines for match in PLACE.finditer(line) if match["path"] == str(file)]
    texts = file.read_text(encoding="utf-8").split("\n")
    if not named or not texts[named[0] - 1].strip():
        return False
    depth = 0
    for number in range(named[0] - 1, len(texts)):
        depth += texts[number].count("{") - texts[number].count("}")
        texts[number] = ""
        if depth <= 0:
            break
    file.write_text("\n".join(texts), encoding="utf-8")
    return True
