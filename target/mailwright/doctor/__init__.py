"""doctor: findings about the running server and its DNS records, each with a cure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mailwright.core.problems import printable

Level = Literal["finding", "note", "not asked"]
MARKS: dict[Level, str] = {"finding": "!", "note": "-", "not asked": "?"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One result: a ``finding`` needs a cure, a ``note`` is a possible improvement, ``not asked`` was not checked.

    ``code`` stays the same from release to release. ``about`` is the DNS record concerned, such as ``MX example.com``.
    """

    code: str
    area: str
    what: str
    cure: str = ""
    level: Level = "finding"
    about: str = ""
    reason: str = ""  # why it was not checked

    def __str__(self) -> str:
        cure = f"\n      {self.cure}" if self.cure else ""
        return f"  {MARKS[self.level]} {self.what}{cure}"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A kind of finding in the catalogue; words in braces are filled in for each finding."""

    code: str
    area: str
    level: Level
    what: str
    cure: str = ""

    def finding(self, about: str = "", **words: object) -> Finding:
        """A finding of this kind. Control characters in ``words`` are shown as escapes, since DNS answers are input."""
        area, what, cure = (printable(text.format(**words)) for text in (self.area, self.what, self.cure))
        return Finding(self.code, area, what, cure, self.level, about, printable(str(words.get("reason", ""))))
