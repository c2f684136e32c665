"""Vanished: files whose rows went away and nobody asked for it, such as by a lost mount or a half-written file.

A mail server without its accounts refuses all mail for good, so that is a mistake and no wish.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from mailwright.apply.outcome import MEANT
from mailwright.core.problems import Problem
from mailwright.model.provisioners.file import ACCOUNTS, REGEXP, VIRTUAL
from mailwright.model.reading import Reading
from mailwright.model.sources import Sources, Unreadable

KEPT = (ACCOUNTS, REGEXP, VIRTUAL)  # without their rows mail is refused for good
NONE = b"# none"  # says that a file without rows is meant; other comments may be the beginning of a file


def filled(reading: Reading) -> tuple[str, ...]:
    """Those of KEPT that have more than comments; none if accounts are elsewhere."""
    in_files = KEPT if reading.settings.accounts_in_files else ()
    return tuple(name for name in in_files if _has_rows(reading.sources.config.get(name)))


def problems(before: Iterable[str], reading: Reading, edited: Collection[str]) -> list[Problem]:
    """A Problem for each file that was filled ``before``, and now is missing or has no row, nor the line NONE.

    A file that a command has ``edited`` is as its user wants it.
    """
    sources, now = reading.sources, filled(reading)
    return [
        Problem(name, _what(sources, name), f"{MEANT} {NONE.decode()}")
        for name in before
        if reading.settings.accounts_in_files
        and name not in now
        and name not in edited
        and not _is_emptied_on_purpose(sources.config.get(name))
    ]


def _what(sources: Sources, name: str) -> str:
    content = sources.config.get(name)
    if isinstance(content, Unreadable):
        return content.reason
    return "is no longer there" if content is None else "has no rows any more"


def _has_rows(content: object) -> bool:
    return isinstance(content, bytes) and any(
        line.strip() and not line.strip().startswith(b"#") for line in content.split(b"\n")
    )


def _is_emptied_on_purpose(content: object) -> bool:
    return isinstance(content, bytes) and NONE in (line.strip() for line in content.split(b"\n"))
