"""Queue files of Postfix, as ``postcat -eho FILE…`` prints them: each record with its offset in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

FILE = re.compile(r"^\*\*\* ENVELOPE RECORDS (\S+) \*\*\*$", re.MULTILINE)  # a record's line begins with a number
MESSAGE = re.compile(r"^ *\d+ \*\*\* MESSAGE CONTENTS ", re.MULTILINE)
RECIPIENT = re.compile(r"^ *(\d+) (done_)?recipient: (.+)$", re.MULTILINE)
REPORT = re.compile(r"^ *\d+ named_attribute: notify_flags=", re.MULTILINE)
HEADER_LINE = re.compile(r"^ *\d+ (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class QueuedMail:
    """A mail in the queue, and the recipients that Postfix has still to deliver it to."""

    path: str
    received: str  # the Received field that Postfix wrote, lines ended by LF; empty if it has none with this queue id
    recipients: tuple[tuple[int, str], ...]  # the offset of the record, and the address
    all_recipients: tuple[str, ...]  # with those that have it already
    wants_report: bool  # the sender asked for reports (DSN, RFC 3461)

    @property
    def queue_id(self) -> str:
        """The name by which the log knows the mail."""
        return self.path.rpartition("/")[2]


def queued_mails(printed: str) -> Iterator[QueuedMail]:
    """Each mail in what postcat printed."""
    _, *parts = FILE.split(printed)
    for path, text in zip(parts[::2], parts[1::2], strict=True):
        envelope, *message = MESSAGE.split(text, maxsplit=1)
        records = RECIPIENT.findall(envelope)
        recipients = tuple((int(offset), address) for offset, done, address in records if not done)
        header = "\n".join(HEADER_LINE.findall("".join(message).partition("\n")[2]))
        received = received_field(header, path.rpartition("/")[2])
        everyone = tuple(address for _, _, address in records)
        yield QueuedMail(path, received, recipients, everyone, bool(REPORT.search(envelope)))


def received_field(header: str, queue_id: str) -> str:
    """The first Received field of ``header`` that names the queue id, as it is; empty if there is none."""
    names_it = re.compile(rf"\sid {re.escape(queue_id)}(?:;|\s)")
    return next(filter(names_it.search, received_fields(header)), "")


def received_fields(header: str) -> list[str]:
    """The Received fields of ``header``, whole, without their last line end."""
    return re.findall(r"^Received:.*(?:\n[ \t].*)*", header, re.MULTILINE)
