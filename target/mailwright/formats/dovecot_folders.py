"""What a dovecot.cf says about folders: other names for special uses (RFC 6154), and the prefix of all names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailwright.core.textfile import TextFile

BLOCK = re.compile(r'(?P<kind>\w+)(?:\s+"?(?P<name>[^"{]*?)"?)?\s*\{')
SETTING = re.compile(r"(?P<name>\w+)\s*=\s*(?P<value>[^#]*)")

Place = tuple[tuple[str, str], ...]  # the blocks around a setting, outermost first: kind and name


def special_uses(file: TextFile) -> dict[str, str]:
    """Special use → name of the mailbox, such as ``Junk`` → ``Spam``; the first one counts."""
    found: dict[str, str] = {}
    for place, name, value in _settings(file):
        if name == "special_use" and place and place[-1][0] == "mailbox":
            for use in value.replace('"', "").split():
                found.setdefault(use.strip("\\"), place[-1][1])
    return found


def prefix(file: TextFile) -> str:
    """What the names of all folders begin with, such as ``INBOX.``; empty by default."""
    values = [value for place, name, value in _settings(file) if (place, name) == ((("namespace", "inbox"),), "prefix")]
    return values[-1].strip('"') if values else ""


def _settings(file: TextFile) -> Iterator[tuple[Place, str, str]]:
    """Each setting of ``file`` with the blocks around it."""
    blocks: list[tuple[str, str]] = []
    for _, row in file.rows():
        if block := BLOCK.match(row):
            blocks.append((block["kind"], block["name"] or ""))
        elif row.startswith("}"):
            blocks = blocks[:-1]
        elif setting := SETTING.match(row):
            yield tuple(blocks), setting["name"], setting["value"].strip()
