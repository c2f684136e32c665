"""Send mails over 20 sessions at once, wait until all are in the mailboxes, print the seconds as JSON.

load.py ADDRESS KIND MAILS BOXES, with DOMAIN and PASSWORD in the environment and the server's mail volume on /mail.
KIND is inbound (port 25, mailbox after mailbox), alias (the same, through to-box0@… and so on),
recipients (port 25, each mail to all mailboxes at once)
or submission (port 587 with STARTTLS and AUTH, mailbox after mailbox).
first is one mail, for which the seconds alone are printed.
"""

import json
import multiprocessing
import os
import resource
import smtplib
import ssl
import subprocess
import sys
import threading
import time
from email.utils import formatdate, make_msgid
from pathlib import Path

SESSIONS = 20
SIZE = 10240
PROCESSES = 2
STALLED = 20.0  # after so many seconds without a new mail the rest is deferred for minutes
DOMAIN = os.environ["DOMAIN"]
SENDER = "sender@outside.test"


def mailboxes(count: int) -> list[str]:
    """Return the addresses of the first mailboxes."""
    return [f"box{number}@{DOMAIN}" for number in range(count)]


def smtp_sources(address: str, mails: int, targets: list[str]) -> list[subprocess.Popen[bytes]]:
    """Start smtp-source, once for each target; it makes a new connection for each mail."""
    options = [f"-s{SESSIONS // len(targets)}", f"-m{mails // len(targets)}", f"-l{SIZE}", f"-f{SENDER}"]
    command = ["smtp-source", "-4", "-Mclient.outside.test", *options]
    return [subprocess.Popen([*command, f"-t{target}", f"{address}:25"]) for target in targets]


def send(address: str, kind: str, mails: int, batches: list[list[str]]) -> None:
    """Send mails one after another, each over a connection of its own, to one batch of recipients after another."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    port, sender = (587, f"box0@{DOMAIN}") if kind == "submission" else (25, SENDER)
    text = f"From: {sender}\r\nSubject: load\r\nDate: {formatdate()}\r\n\r\n" + ("X" * 78 + "\r\n") * (SIZE // 80)
    for number in range(mails):
        to = batches[number % len(batches)]
        mail = f"To: {', '.join(to)}\r\nMessage-ID: {make_msgid()}\r\n{text}"
        with smtplib.SMTP(address, port, local_hostname="client.outside.test", timeout=120) as client:
            if kind == "submission":
                client.starttls(context=context)
                client.login(sender, os.environ["PASSWORD"])
            client.sendmail(sender, to, mail)


def send_at_once(address: str, kind: str, mails: int, batches: list[list[str]], sessions: int) -> None:
    """Run that many sessions at once in this process."""
    share = (address, kind, mails // sessions, batches)
    threads = [threading.Thread(target=send, args=share) for _ in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def senders(address: str, kind: str, mails: int, batches: list[list[str]]) -> list[multiprocessing.Process]:
    """Start the processes that share the sessions, for logins and chosen recipients, which smtp-source can't do."""
    share = (address, kind, mails // PROCESSES, batches, SESSIONS // PROCESSES)
    processes = [multiprocessing.Process(target=send_at_once, args=share) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    return processes


def first_contact(address: str) -> float:
    """Return the seconds from the connection until one mail is in a mailbox: this container is new to the server."""
    before, begun = delivered(), time.monotonic()
    send(address, "first", 1, [mailboxes(1)])
    while delivered() == before:
        time.sleep(0.002)
    return time.monotonic() - begun


def delivered() -> int:
    """Return how many mails are in the mailboxes."""
    return sum(sum(1 for _ in os.scandir(folder)) for folder in Path("/mail", DOMAIN).glob("*/[nc][eu][wr]"))


def wait_for(expected: int, there: int, started: float) -> dict[str, float]:
    """Return the seconds until `expected` mails were added to those `there`, or until the last one that arrived."""
    count, last = 0, started
    while count < expected and time.monotonic() < last + STALLED:
        time.sleep(0.05)
        now = delivered() - there
        if now > count:
            count, last = now, time.monotonic()
    return {"seconds": last - started, "delivered": count, "missing": expected - count}


def main() -> None:
    """Run the load that the arguments ask for."""
    address, kind = sys.argv[1:3]
    if kind == "first":
        print(first_contact(address))
        return
    mails, boxes = (int(word) for word in sys.argv[3:])
    targets = mailboxes(boxes)
    there = delivered()  # of an earlier load on the same server
    started = time.monotonic()
    if kind in ("inbound", "alias"):
        sources = smtp_sources(address, mails, [f"to-{target}" if kind == "alias" else target for target in targets])
        measured = wait_for(mails, there, started)
        if any(source.wait() for source in sources):
            sys.exit("smtp-source gave up")
    else:
        together = kind == "recipients"
        processes = senders(address, kind, mails, [targets] if together else [[target] for target in targets])
        measured = wait_for(mails * (boxes if together else 1), there, started)
        for process in processes:
            process.join()
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps(measured | {"generator_cpu": sum(one.ru_utime + one.ru_stime for one in spent)}))


if __name__ == "__main__":
    main()
