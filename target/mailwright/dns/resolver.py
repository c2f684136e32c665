"""The resolver that doctor asks: the container's own, with an end to every wait."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from dns import exception, flags, resolver

from mailwright.dns import authority
from mailwright.dns.questions import Answer, Question, Unasked
from mailwright.formats.resolv_conf import servers

LIFETIME = 4.0  # seconds for one question
ALTOGETHER = 25.0  # seconds for all
AT_A_TIME = 32
ROOT = ("a.root-servers.net", "A")
RESOLV_CONF = Path("/etc/resolv.conf")


@dataclass(frozen=True, slots=True)
class Trial:
    """What the resolver answered when it was asked for a root server, and in how many seconds."""

    answer: Answer
    seconds: float
    servers: tuple[str, ...]
    validates: bool


class Resolver:
    """Answers questions until ALTOGETHER is over, many at a time."""

    def __init__(self, hostname: str) -> None:
        self._hostname = hostname
        self._ends = time.monotonic() + ALTOGETHER
        self._resolver: resolver.Resolver | None = None
        self._is_dockers = False
        try:
            self._resolver = resolver.Resolver()
        except (resolver.NoResolverConfiguration, OSError):
            return
        self._is_dockers = authority.DOCKERS in map(str, self._resolver.nameservers)
        self._resolver.use_edns(0, 0, 1232)  # a DKIM record rarely fits into 512 bytes
        self._resolver.retry_servfail = False

    def ask_all(self, questions: Iterable[Question]) -> dict[Question, Answer]:
        """The answer to each question."""
        wanted = list(questions)
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            return dict(zip(wanted, pool.map(lambda question: self._answer(*question), wanted), strict=True))

    def _answer(self, name: str, kind: str) -> Answer:
        if name == self._hostname and kind in ("A", "AAAA") and self._is_dockers:
            return authority.addresses(name, kind, self._ask)
        return self._ask(name, kind)

    def _ask(self, name: str, kind: str) -> Answer:
        left = self._ends - time.monotonic()
        if not self._resolver:
            return Unasked("the container has no resolver")
        if left <= 0:
            return Unasked(f"the {ALTOGETHER:.0f} s for all questions were over")
        try:
            found = self._resolver.resolve(f"{name}.", kind, search=False, lifetime=min(LIFETIME, left))
        except (resolver.NXDOMAIN, resolver.NoAnswer):
            return ()
        except (exception.DNSException, OSError, UnicodeError) as error:
            return Unasked(_reason(error))
        return tuple(_text(kind, item) for item in found)

    def trial(self, dane: bool = False) -> Trial:
        """How the resolver answers for a root server; whether it validates is asked for ``dane`` only."""
        started = time.monotonic()
        answer = self._ask(*ROOT)
        taken = time.monotonic() - started
        asked = servers(RESOLV_CONF.read_text(encoding="utf-8", errors="replace")) if RESOLV_CONF.exists() else ()
        return Trial(answer, taken, asked, not dane or self._validates())

    def _validates(self) -> bool:
        """Whether the resolver vouches for an answer of the root zone, which is signed (RFC 6840, section 5.7)."""
        asking = resolver.Resolver()
        asking.flags = flags.RD | flags.AD
        try:
            answer = asking.resolve(".", "SOA", lifetime=LIFETIME)
        except (exception.DNSException, OSError):
            return False
        return bool(answer.response.flags & flags.AD)


def _reason(error: Exception) -> str:
    match error:
        case exception.Timeout():
            return f"the resolver gave no answer within {LIFETIME:.0f} s"
        case resolver.NoNameservers():
            return "the resolver could not answer (SERVFAIL or REFUSED)"
    return f"the resolver could not be asked: {type(error).__name__}"


def _text(kind: str, item: object) -> str:
    if kind == "TXT":
        return b"".join(item.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]
    return str(item)
