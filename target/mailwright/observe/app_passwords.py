"""When each app password was used last, as far as the mail log goes back."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

from mailwright.core import paths

# Lines of Dovecot's login processes and of auth-relay. Anybody can have the text of one logged by others, as a sender.
USE = re.compile(
    r"^(?P<when>\S+) \S+ (?:dovecot: (?:imap|pop3|managesieve)-login|auth-relay\[\d+\]): Logged in: "
    r"user=<(?P<user>[^>\s]+)>, .*\bapp-password=(?P<name>[A-Za-z0-9_.-]+)$",
    re.MULTILINE,
)


def last_uses(folder: Path = Path(paths.LOG)) -> dict[str, str]:
    """``ADDRESS/NAME`` → the time (ISO 8601) of its last use in mail.log and its rotated parts."""
    uses: dict[str, str] = {}
    for text in _logs(folder):
        for match in USE.finditer(text):
            uses[f"{match['user'].lower()}/{match['name']}"] = match["when"][:19]
    return uses


def _logs(folder: Path) -> Iterator[str]:
    """The text of each part of the log, the oldest first."""
    for path in sorted(folder.glob("mail.log*"), key=lambda path: path.stat().st_mtime):
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            yield file.read().decode("utf-8", "replace")
