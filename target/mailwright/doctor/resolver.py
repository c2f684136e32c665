"""The resolver that doctor asks: the container's own, with an end to every wait."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from dns import exception, resolver

from mailwright.doctor import Answer, Finding, Unasked

LIFETIME = 4.0  # seconds for one question
ALTOGETHER = 25.0  # seconds for all
SLOW = 1.0
PUBLIC = {"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "149.112.112.112", "208.67.222.222"}


class Resolver:
    """Asks each question once; after ALTOGETHER no more."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._resolver: resolver.Resolver | None = None
        try:
            self._resolver = resolver.Resolver()
        except (resolver.NoResolverConfiguration, OSError):
            return
        self._resolver.lifetime = LIFETIME

    def warm(self, questions: Iterable[tuple[str, str]]) -> None:
        """The answers are there afterwards, asked for side by side."""
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda question: self.ask(*question), questions))

    @cache  # noqa: B019  lives as long as one command
    def ask(self, name: str, kind: str) -> Answer:
        """The records of ``name`` and type ``kind`` as texts, names without their last dot."""
        if not self._resolver:
            return Unasked("the container has no resolver")
        if time.monotonic() - self._started > ALTOGETHER:
            return Unasked(f"the resolver took more than {ALTOGETHER:.0f} s altogether")
        try:
            found = self._resolver.resolve(name, kind, search=False)
        except (resolver.NXDOMAIN, resolver.NoAnswer):
            return ()
        except exception.Timeout:
            return Unasked(f"the resolver gave no answer within {LIFETIME:.0f} s")
        except (exception.DNSException, OSError) as error:
            return Unasked(f"the resolver could not answer: {str(error) or type(error).__name__}")
        return tuple(_text(kind, item) for item in found)

    def fitness(self) -> list[Finding]:
        """What is wrong with the resolver itself."""
        started = time.monotonic()
        answer = self.ask("a.root-servers.net", "A")
        if isinstance(answer, Unasked):
            return [
                Finding("resolver", answer.reason, "give the container a resolver that works (dns: in compose.yaml)")
            ]
        found = []
        if time.monotonic() - started > SLOW:
            found.append(Finding("resolver", "is slow: every mail waits for it", "use a resolver nearby", "note"))
        public = PUBLIC & set(map(str, self._resolver.nameservers if self._resolver else ()))
        if public:
            what = f"{', '.join(sorted(public))} is public: block lists do not answer it"
            found.append(Finding("resolver", what, "use a resolver of your own", "note"))
        return found


def _text(kind: str, item: object) -> str:
    if kind == "TXT":
        return b"".join(item.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]
    return str(item).rstrip(".").lower() if kind in ("PTR", "A", "AAAA") else str(item)
