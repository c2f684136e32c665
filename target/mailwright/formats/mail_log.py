"""mail.log: lines → events. Strangers choose parts of a line, so each pattern holds from the line's begin.

One line at a time: a log of any size needs no memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

ADDRESS = r'<((?:"(?:[^"\\]|\\.)*"|[^">])*)>'  # a quoted local part may contain >
PEER = r"[^\s\[\]]*\[([^\s\[\]]*)\](?::\d+)?"
LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\S+) \S+ ([\w./-]+)(?:\[(\d+)\])?: (.*)", re.ASCII | re.DOTALL)
CLIENT = re.compile(rf"(\w+): client={PEER}(.*)", re.ASCII)
QUEUED = re.compile(rf"(\w+): from={ADDRESS}, size=(\d+), nrcpt=\d+ \(queue active\)$", re.ASCII)
EXPIRED = re.compile(rf"(\w+): from={ADDRESS}, status=(?:force-)?expired, returned to sender$", re.ASCII)
REMOVED = re.compile(r"(\w+): removed$", re.ASCII)
DELIVERY = re.compile(
    rf"(\w+): to={ADDRESS}, (?:orig_to={ADDRESS}, )?relay=([^,\s]+), (?:conn_use=\d+, )?delay=([\d.]+), "
    r"delays=[\d./]+, dsn=[\d.]+, status=(sent|deferred|bounced) \((.*)\)$",
    re.ASCII,
)
REJECT = re.compile(
    rf"(\w+): (milter-)?reject: [A-Z-]+ (?:command )?from {PEER}: (?:([45])\d\d )?(?:([45])\.\d+\.\d+ )?"
    rf"(?:{ADDRESS}: )?(.*)",
    re.ASCII,
)
EARLY = re.compile(rf"(?:PREGREET \d+|improper command pipelining) after \S+ from {PEER}: ", re.ASCII)
CONNECT = re.compile(rf"(?:connect|CONNECT) from {PEER}(?: to .*)?$", re.ASCII)
TLS = re.compile(rf"[A-Z][a-z]+ TLS connection established (from|to) ({PEER}): ", re.ASCII)
RATE = re.compile(rf"warning: [A-Z][a-z ]+ (?:rate|concurrency) limit exceeded: \d+ from {PEER} ", re.ASCII)
SASL = re.compile(
    rf"warning: {PEER}: SASL \S+ authentication failed: (?!Connection lost to authentication server).*?"
    r"(?:, sasl_username=([^,]*))?$",
    re.ASCII,
)
# As fail2ban's filter: only protocols of Dovecot have a session, Postfix logs those of SMTP itself.
LOGIN_FAILED = re.compile(
    r"auth\(([^\s,()<>]*),([^\s,()<>]+)[^\s()<>]*\)<([^\s<>]*)>: (?!health: )[^\s:]+: (?:unknown user|"
    r"Password mismatch|invalid input|Username character disallowed|login user: |master user: )"
)
LOGGED_IN = re.compile(r"(imap|pop3|managesieve)-login: Logged in: user=<([^>\s]*)>, (?:.*, session=<([^\s<>]*)>, )?")
# A login name may hold anything, so the session is the last one of the line.
LOGIN_ENDED = re.compile(
    r"(imap|pop3|managesieve)-login: (?!Warning|Error|Fatal|Panic).*, session=<([^\s<>]+)>, [^<>]*$"
)
JUNK = re.compile(r"lmtp\(.*: stored mail into mailbox (?:\[SPECIAL-USE \\Junk\]|'[^']*(?:Junk|Spam)')$", re.IGNORECASE)
BAN = re.compile(r"NOTICE +\[([^\]\s]+)\] Ban (\S+)$")
WORSE = re.compile(
    r"(?:[\w-]+(?:\([^()]*\))?(?:<[^<>]*>)*: )?(?:Warning|Error|Fatal|Panic|WARNING|ERROR|CRITICAL)\b:? *(.*)"
)
RELOADED = "SIGHUP received - reloading configuration"  # Dovecot warns of each reload
POSTFIX_WORSE = re.compile(r"(?:warning|error|fatal|panic): (.*)")
# What a refusal says, without the addresses in it → the reason that the report counts.
REASONS = (
    ("relay denied", re.compile("Relay access denied")),
    ("unknown user", re.compile("User unknown|User doesn't exist|Unknown user|undeliverable address")),
    ("block list", re.compile("blocked using")),
    ("virus", re.compile("virus", re.IGNORECASE)),
    ("greylisted", re.compile("Try again later|[Gg]reylist")),
    ("rate limit", re.compile("[Rr]ate ?limit|SUBMISSION_LIMIT|[Tt]oo many|server ports busy")),
    ("mailbox full", re.compile("[Qq]uota exceeded|[Mm]ailbox (?:is )?full|would exceed")),
    ("too large", re.compile("size exceeds|exceeds fixed limit|[Tt]oo large")),
    ("sender not allowed", re.compile("not owned by user|not logged in")),
    ("unknown domain", re.compile("Domain not found|Malformed DNS|nullMX|does not accept mail")),
    ("greeting", re.compile("Helo command rejected")),
    ("spoke too early", re.compile("Protocol error")),
)


@dataclass(slots=True)
class Event:
    """What one line says. ``address`` is a mail address or a login, ``peer`` an IP address or a relay.

    ``service`` is where a login was tried, as ``imap`` or ``submission``; Dovecot tells it only when the login ends, in
    another line with the same ``session``.
    """

    when: str  # as in the line: RFC 3339
    kind: str
    process: str  # program[number]
    queue_id: str = ""
    address: str = ""
    peer: str = ""
    text: str = ""
    size: int = 0
    delay: float = 0.0
    service: str = ""
    session: str = ""


Parser = Callable[[str, str, str], Event | None]


def events(lines: Iterable[str]) -> Iterator[Event]:
    """The events of ``lines``, in their order. Lines that say nothing about mail are left out."""
    for text in lines:
        if (match := LINE.match(text.rstrip("\n"))) and (event := _event(*match.groups(default=""))):
            yield event


def _event(when: str, program: str, number: str, text: str) -> Event | None:
    kind, _, daemon = program.rpartition("/")
    process = f"{program}[{number}]"
    if kind.startswith("postfix"):
        # The way through SRS is one of the server to itself.
        return None if "/srs" in kind else POSTFIX.get(daemon, _delivery)(when, process, text)
    if program == "dovecot":
        return _dovecot(when, process, text)
    return _other(when, process, text) if program.startswith(("fail2ban", "clamd", "freshclam")) else None


def _smtpd(when: str, process: str, text: str) -> Event | None:
    if match := CLIENT.match(text):
        kind = "sieve" if "/sieve-" in process else "submitted" if ", sasl_username=" in match[3] else "received"
        return Event(when, "client", process, match[1], peer=match[2], text=kind)
    if match := CONNECT.match(text):
        return Event(when, "connect", process, peer=match[1])
    if match := TLS.match(text):
        return Event(when, "tls", process, peer=match[2])
    if match := SASL.match(text):
        service = process.partition("[")[0].split("/")[1].removesuffix("d")  # postfix/submission/smtpd, postfix/smtpd
        return Event(when, "login failed", process, address=match[2] or "", peer=match[1], service=service)
    return _reject(when, process, text)


def _reject(when: str, process: str, text: str) -> Event | None:
    if match := RATE.match(text):
        return Event(when, "reject", process, peer=match[1], text="rate limit")
    if match := EARLY.match(text):
        return Event(when, "early", process, peer=match[1])
    match = REJECT.match(text)
    if not match:
        return _worse(when, process, text)
    said = match[7].partition("; from=<")[0]
    other = "filter" if match[2] else "other, for now" if "4" in (match[4], match[5]) else "other"
    reason = next((name for name, pattern in REASONS if pattern.search(said)), other)
    queue_id = "" if match[1] == "NOQUEUE" else match[1]
    return Event(when, "reject", process, queue_id, match[6] or "", match[3], reason)


def _qmgr(when: str, process: str, text: str) -> Event | None:
    if match := QUEUED.match(text):
        return Event(when, "queued", process, match[1], match[2], size=int(match[3]))
    if match := REMOVED.match(text):
        return Event(when, "removed", process, match[1])
    if match := EXPIRED.match(text):
        return Event(when, "expired", process, match[1], match[2])
    return _worse(when, process, text)


def _pickup(when: str, process: str, text: str) -> Event | None:
    if match := re.match(r"(\w+): uid=\d+ from=<", text, re.ASCII):
        return Event(when, "client", process, match[1], text="local")
    return _worse(when, process, text)


def _delivery(when: str, process: str, text: str) -> Event | None:
    if match := DELIVERY.match(text):
        queue_id, address, _, relay, delay, status, said = match.groups()
        if said.startswith("forwarded as "):
            return None  # to itself, as another mail
        return Event(when, status, process, queue_id, address, relay, said, delay=float(delay))
    if match := TLS.match(text):
        return Event(when, "tls", process, peer=match[2])
    return _worse(when, process, text)


def _worse(when: str, process: str, text: str) -> Event | None:
    match = POSTFIX_WORSE.match(text)
    return Event(when, "warning", process, text=match[1]) if match else None


def _dovecot(when: str, process: str, text: str) -> Event | None:
    if match := LOGIN_FAILED.match(text):
        return Event(when, "login failed", process, address=match[1], peer=match[2], session=match[3])
    if match := LOGGED_IN.match(text):
        return Event(when, "login", process, address=match[2], service=match[1], session=match[3] or "")
    if match := LOGIN_ENDED.match(text):
        return Event(when, "login ended", process, service=match[1], session=match[2])
    if JUNK.match(text):
        return Event(when, "junk", process)
    return _other(when, process, text)


def _other(when: str, process: str, text: str) -> Event | None:
    if match := BAN.match(text):
        return Event(when, "ban", process, peer=match[2], text=match[1])
    match = WORSE.match(text)
    return Event(when, "warning", process, text=match[1]) if match and match[1] != RELOADED else None


POSTFIX: dict[str, Parser] = {
    "smtpd": _smtpd,
    "cleanup": _reject,
    "postscreen": _reject,
    "qmgr": _qmgr,
    "pickup": _pickup,
}
