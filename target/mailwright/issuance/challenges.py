"""Challenges: how a name is proven, by a file for HTTP-01 or the operator's script for DNS-01 (RFC 8555, section 8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailwright.host.commands import TIMED_OUT, run
from mailwright.issuance.request import OURS, Failure

TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+", re.ASCII)
HOOK_LIMIT = 180.0  # seconds
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


class ChallengeError(Exception):
    """A challenge that could not be prepared."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


@contextmanager
def file(folder: Path, token: str, content: str) -> Iterator[None]:
    """``content`` is what port 80 answers for ``token`` meanwhile."""
    if not TOKEN.fullmatch(token):
        raise ChallengeError(Failure("malformed", "the CA's token is not a token"))
    path = folder / token
    path.write_text(content, encoding="ascii")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def record(hook: str, name: str, value: str) -> Iterator[None]:
    """A TXT record with ``value`` is at ``_acme-challenge.NAME`` meanwhile, if the operator's script does its work."""
    full = f"_acme-challenge.{name}"
    if not NAME.fullmatch(full) or not TOKEN.fullmatch(value):
        raise ChallengeError(Failure("malformed", "the CA's answer has a name or value that is none"))
    _call(hook, "present", full, value)
    try:
        yield
    finally:
        run((hook, "cleanup", full, value), limit=HOOK_LIMIT)


def _call(hook: str, action: str, name: str, value: str) -> None:
    done = run((hook, action, name, value), limit=HOOK_LIMIT)
    if not done:
        said = done.reason if done.code == TIMED_OUT else (done.errors or done.output).strip().rpartition("\n")[2]
        said = said or f"exit code {done.code}"
        what = f"acme-dns-hook failed: {said.strip()[:200]}"
        raise ChallengeError(Failure(OURS, what, f"try it: acme-dns-hook {action} {name} {value}"))
