"""Senders on the ports 25 and 587 that keep a record of every mail that the server has accepted."""

from __future__ import annotations

import random
import smtplib
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from tests import clock
from tests.container.lab import PASSWORD, trusting

DOMAIN = "example.test"
USERS = [f"user{number}@{DOMAIN}" for number in range(10)]
SENDER = "alice@example.test"
STRANGER = "x@outside.test"
PORTS = (25, 587)
Delivery = tuple[str, str]  # Message-ID and recipient


def text(message_id: str, sender: str, recipients: list[str]) -> str:
    """A mail of 1 to 20 kB."""
    head = f"From: <{sender}>\r\nTo: {', '.join(recipients)}\r\nSubject: a mail of the load\r\n"
    lines = random.randrange(10, 280)
    return f"{head}Date: {clock.date()}\r\nMessage-ID: {message_id}\r\n\r\n" + ("x" * 70 + "\r\n") * lines


@dataclass
class Load:
    """Senders on both ports, from ``start()`` until ``stop()``; they connect again whenever a connection ends."""

    address: str
    prefix: str
    senders: int = 6  # on each port
    timeout: float = 20.0
    accepted: dict[Delivery, float] = field(default_factory=dict)  # and when, on the monotonic clock
    began: dict[int, list[tuple[float, float]]] = field(default_factory=lambda: {port: [] for port in PORTS})
    answers: Counter[str] = field(default_factory=Counter)  # refusals, by code
    refused: list[str] = field(default_factory=list)  # what was refused for good
    ended: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """The senders are at work afterwards."""
        for port in PORTS:
            for number in range(self.senders):
                self.threads.append(threading.Thread(target=self._sender, args=(port, number), daemon=True))
                self.threads[-1].start()

    def stop(self) -> None:
        """Every sender has ended afterwards; its last mail is accepted or not."""
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def back_after(self, moment: float) -> float | None:
        """Seconds from ``moment`` until both ports had accepted a mail that was begun after it."""
        first = [min((end for begin, end in list(self.began[port]) if begin > moment), default=None) for port in PORTS]
        return None if None in first else max(end for end in first if end is not None) - moment

    def wait_for(self, deliveries: int, seconds: float = 60.0) -> None:
        """So many more are accepted afterwards, or the time is over."""
        goal, deadline = len(self.accepted) + deliveries, time.monotonic() + seconds
        while len(self.accepted) < goal and time.monotonic() < deadline:
            time.sleep(0.02)

    def wait_back(self, moment: float, seconds: float = 60.0) -> float | None:
        """``back_after(moment)``, waited for."""
        deadline = time.monotonic() + seconds
        while (after := self.back_after(moment)) is None and time.monotonic() < deadline:
            time.sleep(0.02)
        return after

    def _sender(self, port: int, number: int) -> None:
        count = 0
        while not self.ended.is_set():
            try:
                with smtplib.SMTP(self.address, port, "client.test", self.timeout) as session:
                    if port == 587:
                        session.starttls(context=trusting())
                        session.login(SENDER, PASSWORD)
                    for _ in range(random.randrange(1, 40)):
                        if self.ended.is_set():
                            break
                        self._send(session, port, f"<{self.prefix}.{port}.{number}.{count}@load.test>")
                        count += 1
            except smtplib.SMTPRecipientsRefused as error:
                for code, reason in error.recipients.values():
                    self._note(code, reason)
            except smtplib.SMTPResponseException as error:
                self._note(error.smtp_code, error.smtp_error)
            except (OSError, smtplib.SMTPException):
                pass
            else:
                continue
            count += 1
            self.ended.wait(0.1)

    def _send(self, session: smtplib.SMTP, port: int, message_id: str) -> None:
        sender = SENDER if port == 587 else STRANGER
        recipients = random.sample(USERS, random.choice((1, 1, 1, 3)))
        begin = time.monotonic()
        refused = session.sendmail(sender, recipients, text(message_id, sender, recipients))
        end = time.monotonic()
        self.accepted |= {(message_id, recipient): end for recipient in recipients if recipient not in refused}
        self.began[port].append((begin, end))
        for code, reason in refused.values():
            self._note(code, reason)

    def _note(self, code: int, reason: bytes | str) -> None:
        said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
        self.answers[str(code)] += 1
        if code >= 500:
            self.refused.append(f"{code} {said}")
