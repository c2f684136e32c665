"""The container's resolver, with a time limit for every question and for all questions together."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from dns import exception, flags, resolver

from mailwright.dns import authority
from mailwright.dns.questions import Answer, Question, Unanswered
from mailwright.formats.resolv_conf import servers

TIMEOUT = 4.0  # seconds for one question
TOTAL_TIMEOUT = 25.0  # seconds for all questions
PARALLEL = 32
ROOT = ("a.root-servers.net", "A")
RESOLV_CONF = Path("/etc/resolv.conf")


@dataclass(frozen=True, slots=True)
class Trial:
    """A test of the resolver: its answer for a root server's address, the seconds that it took, and its servers."""

    answer: Answer
    seconds: float
    servers: tuple[str, ...]
    validates: bool


class Resolver:
    """Asks many questions in parallel; after TOTAL_TIMEOUT every question is unanswered."""

    def __init__(self, hostname: str) -> None:
        self._hostname = hostname
        self._ends = time.monotonic() + TOTAL_TIMEOUT
        self._resolver: resolver.Resolver | None = None
        self._is_docker = False
        try:
            self._resolver = _system_resolver()
        except (resolver.NoResolverConfiguration, OSError):
            return
        self._is_docker = authority.DOCKER_RESOLVER in map(str, self._resolver.nameservers)
        self._resolver.use_edns(0, 0, 1232)  # a DKIM record rarely fits into 512 bytes
        self._resolver.retry_servfail = False

    def ask_all(self, questions: Iterable[Question]) -> dict[Question, Answer]:
        """The answer to each question."""
        pending = list(questions)
        with ThreadPoolExecutor(PARALLEL) as pool:
            return dict(zip(pending, pool.map(lambda question: self._answer(*question), pending), strict=True))

    def _answer(self, name: str, kind: str) -> Answer:
        if name == self._hostname and kind in ("A", "AAAA") and self._is_docker:
            return authority.addresses(name, kind, self._ask)
        return self._ask(name, kind)

    def _ask(self, name: str, kind: str) -> Answer:
        left = self._ends - time.monotonic()
        if not self._resolver:
            return Unanswered("the container has no resolver")
        if left <= 0:
            return Unanswered(f"the time limit for all questions ({TOTAL_TIMEOUT:.0f} s) was over")
        try:
            answer = self._resolver.resolve(f"{name}.", kind, search=False, lifetime=min(TIMEOUT, left))
        except (resolver.NXDOMAIN, resolver.NoAnswer):
            return ()
        except (exception.DNSException, OSError, UnicodeError) as error:
            return Unanswered(_reason(error))
        return tuple(_text(kind, item) for item in answer)

    def trial(self, dane: bool = False) -> Trial:
        """A test of the resolver with a root server's address; DNSSEC validation is tested for ``dane`` only."""
        started = time.monotonic()
        answer = self._ask(*ROOT)
        seconds = time.monotonic() - started
        addresses = servers(RESOLV_CONF.read_text(encoding="utf-8", errors="replace")) if RESOLV_CONF.exists() else ()
        return Trial(answer, seconds, addresses, not dane or self._validates())

    def _validates(self) -> bool:
        """Whether the resolver validates DNSSEC: it sets AD for the signed root zone (RFC 6840, section 5.7)."""
        validating = _system_resolver()
        validating.flags = flags.RD | flags.AD
        try:
            answer = validating.resolve(".", "SOA", lifetime=TIMEOUT)
        except (exception.DNSException, OSError):
            return False
        return bool(answer.response.flags & flags.AD)


def _system_resolver() -> resolver.Resolver:
    system = resolver.Resolver(str(RESOLV_CONF))
    system.port = authority.PORT
    return system


def _reason(error: Exception) -> str:
    match error:
        case exception.Timeout():
            return f"the resolver did not answer within {TIMEOUT:.0f} s"
        case resolver.NoNameservers():
            return "the resolver answered SERVFAIL or REFUSED"
    return f"the question to the resolver failed ({type(error).__name__})"


def _text(kind: str, item: object) -> str:
    if kind == "TXT":
        return b"".join(item.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]
    return str(item)
