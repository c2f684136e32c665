"""Where accepted mail is: in a mailbox, bounced, or in the queue."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field

from tests.container.docker import until
from tests.container.lab import Server
from tests.faults.load import Delivery

FIND = "grep -rHm1 --include='*,S=*' --exclude-dir=tmp '^Message-ID:' /var/mail || :"
QUEUE = "postqueue -j"
HEADERS = "for id in $(cat); do echo \"$id $(postcat -qh $id | grep -im1 '^Message-ID:')\"; done"
MESSAGE_ID = re.compile(r"postfix/\S*cleanup\[\d+\]: ([0-9A-Za-z]+): message-id=(<\S+>)")
BOUNCED = re.compile(r": ([0-9A-Za-z]+): to=<([^>]*)>.* status=bounced")


@dataclass
class Ledger:
    """What became of the mail of one row."""

    delivered: Counter[Delivery] = field(default_factory=Counter)
    bounced: set[Delivery] = field(default_factory=set)
    queued: set[Delivery] = field(default_factory=set)
    log: str = ""

    def read_log(self, server: Server) -> None:
        """Notes what bounced, from the log of a container before it is removed."""
        log = server.log()
        self.log += log
        ids = {match[1]: match[2] for match in MESSAGE_ID.finditer(log)}
        self.bounced |= {(ids.get(match[1], match[1]), match[2]) for match in BOUNCED.finditer(log)}

    def settle(self, server: Server, seconds: float = 90.0) -> None:
        """Reads mailboxes and queue when the queue is empty, or the time is over."""
        try:
            until("an empty queue", lambda: _flushed(server), seconds)
        except AssertionError:
            self._read_queue(server)
        self.read_log(server)
        self.read_mailboxes(server)

    def read_mailboxes(self, server: Server) -> None:
        """Counts what was delivered."""
        for line in server.run("sh", "-c", FIND).splitlines():
            path, _, message_id = line.partition(":Message-ID:")
            domain, user = path.split("/")[3:5]
            self.delivered[message_id.strip(), f"{user}@{domain}"] += 1

    def _read_queue(self, server: Server) -> None:
        rows = [json.loads(line) for line in server.run("sh", "-c", QUEUE).splitlines()]
        text = "\n".join(row["queue_id"] for row in rows)
        said = (line.split() for line in server.run("sh", "-c", HEADERS, text=text).splitlines())
        ids = {words[0]: words[-1] for words in said if len(words) > 1}
        for row in rows:
            for recipient in row["recipients"]:
                self.queued.add((ids.get(row["queue_id"], ""), recipient["address"]))

    def lost(self, accepted: dict[Delivery, float]) -> list[Delivery]:
        """What was accepted and is nowhere."""
        return [one for one in accepted if not self.delivered[one] and one not in self.bounced | self.queued]

    def twice(self, accepted: dict[Delivery, float]) -> list[Delivery]:
        """What was accepted once and is more than once in its mailbox."""
        return [one for one in accepted if self.delivered[one] > 1]


def _flushed(server: Server) -> bool:
    server.run("postqueue", "-f", check=False)
    return not server.run("sh", "-c", QUEUE, check=False).strip()
