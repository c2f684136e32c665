"""Outcome: the result of the last pass over the configuration, kept where commands and the health check find it.

Imports little, since the health check reads it too.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mailwright.apply.causes import Causes
from mailwright.core import paths
from mailwright.host import files

NONE = Causes()
LINE = re.compile(r":\d+:")
# How to say that a file without its rows is meant: the end of each Problem of vanished.py.
MEANT = "put it back; if you mean it, leave one line in it:"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The generation in use, when it came and with what change; the Problems that keep a newer one away.

    ``waiting`` are the causes of passes that were refused: the next pass that succeeds takes them up too.
    """

    generation: int = 0
    applied_at: str = ""  # ISO 8601, UTC
    last_change: str = ""
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    waiting: Causes = NONE

    @property
    def lost(self) -> tuple[str, ...]:
        """Those of ``problems`` that are about files whose accounts or aliases have vanished."""
        return tuple(text for text in self.problems if MEANT in text)

    def save(self, path: Path = Path(paths.OUTCOME)) -> None:
        """``path`` holds this outcome afterwards, for root only."""
        files.write(path, self.text(), 0o600)

    @classmethod
    def load(cls, path: Path = Path(paths.OUTCOME)) -> Outcome:
        """The outcome that ``path`` holds; an empty one when there is none."""
        try:
            return cls.read(path.read_text(encoding="utf-8"))
        except OSError:
            return cls()

    @classmethod
    def read(cls, text: str) -> Outcome:
        """The outcome that is ``text`` as JSON."""
        content = json.loads(text)
        waiting = Causes(**{name: tuple(texts) for name, texts in content["waiting"].items()})
        problems = {name: tuple(content[name]) for name in ("problems", "warnings")}
        return cls(**content | problems | {"waiting": waiting})

    def text(self) -> str:
        """The outcome as JSON."""
        return json.dumps(asdict(self))

    def new_since(self, before: Outcome) -> Outcome:
        """The outcome with only those Problems that ``before`` does not have. A moved line is not a new Problem."""
        known = {LINE.sub(":", text) for text in (*before.problems, *before.warnings)}
        problems, warnings = (
            tuple(text for text in texts if LINE.sub(":", text) not in known)
            for texts in (self.problems, self.warnings)
        )
        return replace(self, problems=problems, warnings=warnings)
