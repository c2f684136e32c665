"""Brings up a mail server with two accounts, sends a mail and reads it: ``demo.py`` and ``demo.py --down``."""

from __future__ import annotations

import imaplib
import secrets
import shutil
import smtplib
import ssl
import subprocess
import sys
import time
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / ".build" / "demo"
COMPOSE = ["docker", "compose", "-p", "mailwright-demo", "-f", "compose.yaml", "-f", "scripts/demo/compose.yaml"]
IMAGE = "mailwright:latest"
ALICE, BOB = "alice@example.com", "bob@example.com"
STEPS = 5


def main() -> int:
    """Runs the demo, or removes it with --down."""
    if sys.argv[1:] == ["--down"]:
        compose("down", "--volumes", "--remove-orphans")
        shutil.rmtree(CONFIG, ignore_errors=True)
        print("the demo and its data are gone")
        return 0
    password = secrets.token_urlsafe(12)
    compose("down", "--volumes", "--remove-orphans")
    step(1, f"two accounts, {ALICE} and {BOB}, password {password}")
    make_accounts(password)
    step(2, "docker compose up -d")
    compose("up", "--detach")
    took = wait_for_greeting()
    print(f"      greets on port 587 after {took:.1f} s")
    step(3, f"{ALICE} sends a mail on port 587, with STARTTLS and a login")
    message_id = send(password)
    step(4, f"{BOB} reads it over IMAPS, on port 993")
    mail = fetch(password, message_id)
    print("\n".join(f"      | {line}" for line in mail.strip().splitlines()))
    step(5, "the ports of this server")
    print(indented(run([*COMPOSE, "exec", "-T", "mailserver", "mailwright", "ports"])))
    print(NEXT)
    return 0


NEXT = f"""
It works. Next:
  docker logs mailwright-demo        the log of the daemons
  docker exec mailwright-demo mailwright check
  make down                          remove the demo and its data
  docs/tutorial/getting-started.md   a server of your own
A mail program on this machine reaches it too: IMAP localhost:993, SMTP localhost:587 (STARTTLS), login {ALICE}.
"""


def step(number: int, what: str) -> None:
    """A line of progress."""
    print(f"[{number}/{STEPS}] {what}", flush=True)


def run(command: list[str]) -> str:
    """What ``command`` prints; ends the demo with its output when it fails."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def compose(*command: str) -> None:
    """Docker Compose on the demo's project."""
    run([*COMPOSE, *command])


def indented(text: str) -> str:
    """``text`` below a step's line."""
    return "\n".join(f"      {line}" for line in text.splitlines())


def make_accounts(password: str) -> None:
    """Makes the demo's config folder with its account file."""
    password_hash = run(["docker", "run", "--rm", IMAGE, "doveadm", "pw", "-s", "SHA512-CRYPT", "-p", password]).strip()
    CONFIG.mkdir(parents=True, exist_ok=True)
    (CONFIG / "postfix-accounts.cf").write_text("".join(f"{address}|{password_hash}\n" for address in (ALICE, BOB)))


def wait_for_greeting(limit: float = 60) -> float:
    """Seconds until submission greets."""
    begin = time.monotonic()
    while time.monotonic() - begin < limit:
        try:
            with smtplib.SMTP("127.0.0.1", 587, local_hostname="demo.test", timeout=limit):
                return time.monotonic() - begin
        except (OSError, smtplib.SMTPException):
            time.sleep(0.05)
    raise SystemExit("no greeting on port 587; the log says:\n" + run(["docker", "logs", "mailwright-demo"]))


def self_signed() -> ssl.SSLContext:
    """A TLS context that accepts the demo's self-signed certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def send(password: str) -> str:
    """Submits a mail and shows the conversation; returns its Message-ID."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = ALICE, BOB, "Hello from Mailwright"
    mail["Message-ID"] = make_msgid(domain="demo.test")
    mail.set_content("Submitted with TLS, delivered over LMTP, read over IMAPS.\n")
    with smtplib.SMTP("127.0.0.1", 587, local_hostname="demo.test", timeout=60) as client:
        say("EHLO demo.test", client.ehlo())
        say("STARTTLS", client.starttls(context=self_signed()))
        assert isinstance(client.sock, ssl.SSLSocket)  # noqa: S101
        print(f"      *  {client.sock.version()}, {(client.sock.cipher() or ('',))[0]}")
        client.ehlo()
        say(f"AUTH PLAIN ({ALICE})", client.login(ALICE, password))
        say(f"MAIL FROM:<{ALICE}>", client.mail(ALICE))
        say(f"RCPT TO:<{BOB}>", client.rcpt(BOB))
        say("DATA, the mail, and a dot", client.data(mail.as_bytes()))
    return str(mail["Message-ID"])


def say(line: str, answer: tuple[int, bytes]) -> None:
    """One exchange: what the client said, and the first line of the answer."""
    print(f"      C: {line}\n      S: {answer[0]} {answer[1].decode().splitlines()[0]}")


def fetch(password: str, message_id: str, limit: float = 60) -> str:
    """The mail with that Message-ID from bob's mailbox."""
    deadline = time.monotonic() + limit
    with imaplib.IMAP4_SSL("127.0.0.1", 993, ssl_context=self_signed(), timeout=limit) as client:
        client.login(BOB, password)
        while time.monotonic() < deadline:
            client.select("INBOX", readonly=True)
            _, numbers = client.search(None, f'(HEADER Message-ID "{message_id}")')
            for number in numbers[0].split():
                part = client.fetch(number.decode(), "(RFC822)")[1][0]
                if isinstance(part, tuple):
                    return str(part[1].decode())
            time.sleep(0.05)
    raise SystemExit("the mail did not arrive; the log says:\n" + run(["docker", "logs", "mailwright-demo"]))


if __name__ == "__main__":
    sys.exit(main())
