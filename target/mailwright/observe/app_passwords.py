"""When each app password was used last, as far as the mail log goes back."""

from __future__ import annotations

import re
from pathlib import Path

from mailwright.observe import log_lines

# Lines of Dovecot's login processes and of auth-relay. Anybody can have the text of one logged by others, as a sender.
USE = re.compile(
    r"^(?P<when>\S+) \S+ (?:dovecot: (?:imap|pop3|managesieve)-login|auth-relay\[\d+\]): Logged in: "
    r"user=<(?P<user>[^>\s]+)>, .*\bapp-password=(?P<name>[A-Za-z0-9_.-]+)$"
)


def last_uses(log: Path = log_lines.LOG) -> dict[str, str]:
    """``ADDRESS/NAME`` → the time (ISO 8601) of its last use in mail.log and its rotated parts."""
    uses: dict[str, str] = {}
    for line in log_lines.lines(log=log):
        if "app-password=" in line and (match := USE.match(line)):
            uses[f"{match['user'].lower()}/{match['name']}"] = match["when"][:19]
    return uses
