"""Notes in the queue what Dovecot has stored already: ``python3 -m mailwright.programs.delivered_mail``.

After a kill, some mails are in a mailbox, and Postfix has no note of it: they would be delivered again. Postfix's start
runs this before the master, on mail that was being delivered. A mail counts as delivered only if a whole file in the
recipient's Maildir has the Received field of this very queue file. Everything else is left to Postfix.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

from mailwright.core import paths
from mailwright.formats.queue_file import QueuedMail, queued_mails, received_fields
from mailwright.host.commands import run
from mailwright.host.failures import guarded
from mailwright.host.log_line import line

SIEVE = "/etc/dovecot/sieve"
HEADER = 1 << 16  # bytes of a mail in which the field is
AT_ONCE = 500  # queue files a process
PATIENCE = 5.0  # seconds, after which the rest is delivered again: the server shall start
WAITING, DONE = b"R", b"D"  # the types of a recipient's record before and after its delivery (Postfix, rec_type.h)


def main(queue: Path = Path(paths.QUEUE), mail: Path = Path(paths.MAIL), sieve: Path = Path(SIEVE)) -> int:
    """Marks and logs each recipient that has the mail."""
    deadline = time.monotonic() + PATIENCE
    files = sorted(path for path in (queue / "active").iterdir() if path.is_file())
    if not files or any((sieve / f"{name}.sieve").exists() for name in ("before", "after")):
        return 0
    for queued in in_delivery(files):
        if time.monotonic() > deadline:
            break
        note(queued, mail, sieve)
    return 0


def note(queued: QueuedMail, mail: Path, sieve: Path) -> None:
    """Marks the mail's recipients that have it. Two of them may share a mailbox: such a mail is left as it is."""
    mailboxes = list(filter(None, (mailbox_of(recipient, mail, sieve) for recipient in queued.all_recipients)))
    if not queued.received or queued.wants_report or len({*mailboxes}) < len(mailboxes):
        return
    for offset, recipient in queued.recipients:
        mailbox = mailbox_of(recipient, mail, sieve)
        if mailbox and has(mailbox, queued) and mark(Path(queued.path), offset, recipient):
            tell(f"{queued.queue_id}: to=<{recipient}>, was delivered before the server was killed")


def in_delivery(files: list[Path]) -> Iterator[QueuedMail]:
    """The mail in the queue files."""
    for begin in range(0, len(files), AT_ONCE):
        done = run(("postcat", "-eho", *map(str, files[begin : begin + AT_ONCE])), limit=PATIENCE)
        yield from queued_mails(done.output)


def tell(text: str) -> None:
    """A line in the container's log."""
    sys.stdout.write(line("mailwright", text))
    sys.stdout.flush()


def mailbox_of(recipient: str, mail: Path, sieve: Path) -> Path | None:
    """The recipient's Maildir; None if there is none, or if a script decides what else a delivery does."""
    user, _, domain = recipient.lower().rpartition("@")
    user = user.partition("+")[0]
    if not user or "/" in recipient or {user, domain} & {".", ".."}:
        return None
    mailbox = mail / domain / user
    scripts = (mailbox / "home/.dovecot.sieve", sieve / f"accounts/{user}@{domain}.sieve")
    return None if any(map(os.path.lexists, scripts)) or not mailbox.is_dir() else mailbox


def has(mailbox: Path, queued: QueuedMail) -> bool:
    """Whether a file of the Maildir is this mail; it is on the disk then."""
    begin = parsedate_to_datetime(queued.received.rpartition(";")[2].strip()).timestamp()
    for path in candidates(mailbox, begin):
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue
        with os.fdopen(handle, "rb") as file:
            header = file.read(HEADER).decode("utf-8", "surrogateescape").replace("\r\n", "\n").partition("\n\n")[0]
            # The first field is Dovecot's. A mail that a Sieve script has passed on has more of them before this one.
            if received_fields(header)[1:2] == [queued.received] and is_whole(file.fileno(), path.name):
                synced(file.fileno(), path.parent)
                return True
    return False


def candidates(mailbox: Path, begin: float) -> Iterator[Path]:
    """The files that were stored since ``begin``. Their names begin with the second."""
    for folder in (mailbox, *mailbox.glob(".*/")):
        for path in (path for name in ("new", "cur") if (folder / name).is_dir() for path in (folder / name).iterdir()):
            second = path.name.partition(".")[0]
            if second.isdecimal() and int(second) >= begin:
                yield path


def is_whole(handle: int, name: str) -> bool:
    """Whether the file has the size that its name says."""
    _, _, rest = name.partition(",S=")
    size = rest.partition(",")[0].partition(":")[0]
    return size.isdecimal() and os.fstat(handle).st_size == int(size)


def synced(handle: int, folder: Path) -> None:
    """The mail and its name survive a failure of the power."""
    os.fsync(handle)
    parent = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


def mark(path: Path, offset: int, recipient: str) -> bool:
    """Writes the type of the record as Postfix does after a delivery; whether the record was the recipient's."""
    expected = recipient.encode("utf-8", "surrogateescape")
    with path.open("r+b", buffering=0) as file:
        file.seek(offset)
        record = file.read(2 + len(expected))
        if record[:1] != WAITING or record[2:] != expected or record[1] != len(expected):
            return False
        file.seek(offset)
        file.write(DONE)
        os.fsync(file.fileno())
    return True


if __name__ == "__main__":
    sys.exit(guarded(main, lambda text: tell(f"warn: {text}")))
