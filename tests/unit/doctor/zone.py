"""What DNS says, as the tests write it: one record a line."""

from __future__ import annotations

from collections.abc import Iterable

from mailwright.dns.questions import Answer, Ask, Unasked
from mailwright.doctor import Finding

HOST, DOMAIN = "mail.example.com", "example.com"
US = "192.0.2.25"
DEAD = Unasked("no answer")


def dns(text: str, *lost: str) -> Ask:
    """Answers from lines as ``MX example.com 10 mail.example.com.``; those ``lost`` (``MX example.com``) get none."""
    found: dict[str, list[str]] = {}
    for line in filter(None, text.splitlines()):
        kind, name, data = line.strip().split(" ", 2)
        found.setdefault(f"{kind} {name}", []).append(data)

    def ask(name: str, kind: str) -> Answer:
        question = f"{kind} {name}"
        return DEAD if question in lost else tuple(found.get(question, ()))

    return ask


def codes(findings: Iterable[Finding]) -> list[str]:
    """The codes of findings."""
    return [it.code for it in findings]
