"""A DNS server for tests: one record a line."""

from __future__ import annotations

from collections.abc import Iterable

from mailwright.dns.questions import Answer, Ask, Unanswered
from mailwright.doctor import Finding

HOST, DOMAIN = "mail.example.com", "example.com"
ADDRESS = "192.0.2.25"  # of the server
NO_ANSWER = Unanswered("no answer")


def dns(text: str, *unanswered: str) -> Ask:
    """Answers from lines such as ``MX example.com 10 mail.example.com.``; ``unanswered`` has ``MX example.com``."""
    records: dict[str, list[str]] = {}
    for line in filter(None, text.splitlines()):
        kind, name, data = line.strip().split(" ", 2)
        records.setdefault(f"{kind} {name}", []).append(data)

    def ask(name: str, kind: str) -> Answer:
        question = f"{kind} {name}"
        return NO_ANSWER if question in unanswered else tuple(records.get(question, ()))

    return ask


def codes(findings: Iterable[Finding]) -> list[str]:
    """The codes of findings."""
    return [finding.code for finding in findings]
