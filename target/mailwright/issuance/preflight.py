"""Preflight: which names lead to this host, before the CA is asked about them."""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from mailwright.dns.questions import Answer, Unanswered
from mailwright.dns.resolver import Resolver
from mailwright.issuance.request import OURS, Failure, Request

PATH = "/.well-known/acme-challenge/"  # RFC 8555, section 8.3
LOCAL = ("127.0.0.1", "::1")
TIMEOUT = 4.0  # seconds for one fetch
START = 20.0  # seconds in which the web server comes up
PARALLEL = 16
# A reverse proxy often redirects to HTTPS, and the CA follows, to these ports only (Let's Encrypt: up to ten times).
PORTS = {"http": 80, "https": 443}
REDIRECTING, REDIRECTS = (301, 302, 303, 307, 308), 5
CLOSED = Failure(
    OURS, "the web server in this container does not answer on port 80", "`setup status` shows why nginx does not run"
)
NOT_PASSED_ON = Failure(
    OURS,
    "has this host's address, but something else answers on port 80",
    "a proxy must pass on /.well-known/acme-challenge/ for this name too",
)


class Answered(NamedTuple):
    """What a web server answered: where it redirects to, if it does, and the begin of the body."""

    location: str
    body: bytes


Get = Callable[[str, str, str, str, int], Answered]  # scheme, host, name, path, length


def doubts(request: Request) -> tuple[dict[str, Failure], list[str]]:
    """Name → why the CA cannot be asked about it; and hints about names of which that is not certain."""
    names = [name for one in request.wanted for name in one.names]
    asked = dict.fromkeys((request.hostname, *(name for name in names if not name.startswith("*."))))
    answers = addresses(Resolver(request.hostname), asked)
    if request.challenge == "dns-01":
        optional = {name for one in request.wanted for name in one.optional}
        checked = [name for name in asked if name in optional]
        return judged(request.hostname, checked, answers, {}), []
    token = Path(request.challenges, f"mailwright-{secrets.token_urlsafe(16)}")
    token.write_text(token.name, encoding="ascii")
    try:
        if not _is_served(token.name, request.hostname):
            return dict.fromkeys(names, CLOSED), []
        fetched = _fetched(request.hostname, [name for name in asked if has_address(answers[name])], token.name)
    finally:
        token.unlink(missing_ok=True)
    found = judged(request.hostname, asked, answers, fetched)
    return found, list(_hints(request.hostname, fetched, found))


def addresses(resolver: Resolver, names: Iterable[str]) -> dict[str, Answer]:
    """Name → its A and AAAA records together."""
    listed = list(names)
    answers = resolver.ask_all([(name, kind) for name in listed for kind in ("A", "AAAA")])
    return {name: _both(answers[name, "A"], answers[name, "AAAA"]) for name in listed}


def _both(first: Answer, second: Answer) -> Answer:
    if isinstance(first, Unanswered):
        return second or first
    return first if isinstance(second, Unanswered) else (*first, *second)


def has_address(answer: Answer) -> bool:
    """Whether DNS has an address for a name."""
    return bool(answer) and not isinstance(answer, Unanswered)


def judged(
    hostname: str, names: Iterable[str], answers: Mapping[str, Answer], fetched: Mapping[str, bool]
) -> dict[str, Failure]:
    """Name → why it does not lead here.

    One that shares an address with ``hostname`` does, if neither could be fetched. A proxy may pass on one of them.
    """
    own = answers[hostname]
    here = set() if isinstance(own, Unanswered) else set(own)
    lost = [name for name in names if not fetched.get(name)]
    found = {name: failure for name in lost if (failure := _failure(name, hostname, answers[name], here))}
    return {name: NOT_PASSED_ON for name in lost if name in fetched and fetched.get(hostname)} | found


def _failure(name: str, hostname: str, answer: Answer, here: set[str]) -> Failure | None:
    if isinstance(answer, Unanswered):
        return None if name == hostname else Failure("dns", answer.reason)
    if not answer:
        alias = f"publish a CNAME record to {hostname}, or an A (and AAAA) record" * (name != hostname)
        return Failure(OURS, "has no address in DNS", alias or "publish an A (and AAAA) record with the public address")
    if name == hostname or here & set(answer):
        return None
    what = f"has the address {', '.join(sorted(answer)[:4])}, which is not this host's"
    return Failure(OURS, what, f"the addresses of {hostname}: {', '.join(sorted(here)) or 'none'}")


def _hints(hostname: str, fetched: Mapping[str, bool], failed: Mapping[str, Failure]) -> Iterator[str]:
    lost = [name for name, ok in fetched.items() if not ok and name not in failed]
    if lost and hostname in lost:
        yield "this container could not fetch from its own port 80 by name; behind some routers that is normal"


def _is_served(token: str, hostname: str) -> bool:
    """Whether the web server in this container serves the folder; at a start it may need a moment."""
    ends = time.monotonic() + START
    while True:
        if any(fetch(address, hostname, token) for address in LOCAL):
            return True
        if time.monotonic() > ends:
            return False
        time.sleep(0.2)


def _fetched(hostname: str, names: list[str], token: str) -> dict[str, bool]:
    """Name → whether port 80 gives our ``token``; tried again for those that are the only ones to fail."""
    fetched = _fetch_all(names, token)
    lost = [name for name, ok in fetched.items() if not ok]
    return fetched | _fetch_all(lost, token) if lost and fetched.get(hostname) else fetched


def _fetch_all(names: list[str], token: str) -> dict[str, bool]:
    with ThreadPoolExecutor(PARALLEL) as pool:
        return dict(zip(names, pool.map(lambda name: fetch(name, name, token, REDIRECTS), names), strict=True))


def fetch(host: str, name: str, token: str, redirects: int = 0, get: Get | None = None) -> bool:
    """Whether port 80 of ``host`` gives our ``token`` for ``name``, at most after so many ``redirects``."""
    place, scheme, path = host, "http", f"{PATH}{token}"
    try:
        for _ in range(redirects + 1):
            answer = (get or _get)(scheme, place, name, path, len(token) + 1)
            target = urlsplit(urljoin(f"{scheme}://{name}{path}", answer.location))
            if not answer.location or target.scheme not in PORTS or not target.hostname or target.port:
                return answer.body == token.encode()
            scheme, place, name, path = target.scheme, target.hostname, target.hostname, target.path or "/"
    except (OSError, HTTPException, ValueError):
        pass
    return False


def _get(scheme: str, host: str, name: str, path: str, length: int) -> Answered:
    """The answer of ``host``. As for CAs, any certificate will do."""
    if scheme == "https":
        connection: HTTPConnection = HTTPSConnection(host, PORTS[scheme], timeout=TIMEOUT, context=_any_certificate())
    else:
        connection = HTTPConnection(host, PORTS[scheme], timeout=TIMEOUT)
    try:
        connection.request("GET", path, headers={"Host": name})
        response = connection.getresponse()
        location = response.getheader("Location") or "" if response.status in REDIRECTING else ""
        return Answered(location, response.read(length))
    finally:
        connection.close()


def _any_certificate() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
