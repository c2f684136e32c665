"""What a volume holds that a node's role does not serve: it belonged to a node of another role."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mailwright.core import paths
from mailwright.core.problems import Problem
from mailwright.core.values import amount

WAITING = ("maildrop", "incoming", "active", "deferred", "hold")  # Postfix's queues with mail in them
NO_MAIL = "lost+found"  # of a volume's file system


def left_behind(
    role: str, *, mta: bool, mailboxes: bool, queue: Path = Path(paths.QUEUE), mail: Path = Path(paths.MAIL)
) -> Iterator[Problem]:
    """An error for mail that would wait for ever, a warning for mailboxes that nobody reads."""
    waiting = 0 if mta else sum(path.is_file() for name in WAITING for path in queue.joinpath(name).rglob("*"))
    if waiting:
        what = f"{amount(waiting, 'mail')} in the queue of this volume would wait for ever with ROLE={role}"
        yield Problem("ROLE", what, "start it with its former role until the queue is empty")
    if not mailboxes and mail.is_dir():
        domains = sorted(path.name for path in mail.iterdir() if path.is_dir() and path.name != NO_MAIL)
        if domains:
            what = f"nobody reads the mailboxes of {domains[0]} in this volume with ROLE={role}"
            yield Problem("ROLE", what, "mount it in the backend of its accounts", True)
