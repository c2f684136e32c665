"""doctor: what is wrong with this server as it runs and as the world sees it, with a cure each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mailwright.core.problems import printable

Level = Literal["finding", "note", "not asked"]
MARKS: dict[Level, str] = {"finding": "!", "note": "-", "not asked": "?"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen: a ``finding`` wants a cure, a ``note`` could be better, and what was ``not asked`` is said.

    ``code`` stays the same from release to release. ``about`` is the record that it is about, as ``MX example.com``.
    """

    code: str
    area: str
    what: str
    cure: str = ""
    level: Level = "finding"
    about: str = ""

    def __str__(self) -> str:
        cure = f"\n      {self.cure}" if self.cure else ""
        return f"  {MARKS[self.level]} {self.what}{cure}"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A kind of finding, as it stands in the catalogue; words in braces are filled in when it is met."""

    code: str
    area: str
    level: Level
    what: str
    cure: str = ""

    def met(self, about: str = "", **words: object) -> Finding:
        """A finding of this kind. Whatever the world said is shown with its control characters escaped."""
        area, what, cure = (printable(text.format(**words)) for text in (self.area, self.what, self.cure))
        return Finding(self.code, area, what, cure, self.level, about)
