"""/metrics: who is answered, and that one answer serves all requests of a second."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import Request

from mailwright.core import sockets
from mailwright.web import metrics
from mailwright.web.metrics import Numbers, Readers, collected

TOKEN = "a-token-of-the-tests"
DIGEST = hashlib.sha256(TOKEN.encode()).hexdigest()
TEXT = b"mailwright_accounts 2\n# EOF\n"


def readers(digest: str = "", networks: tuple[str, ...] = (), strangers: tuple[str, ...] = ()) -> Readers:
    return Readers({"digest": digest, "networks": networks, "strangers": strangers})


def request(authorization: str | bytes = "", address: str = "192.0.2.1") -> Request:
    value = authorization if isinstance(authorization, bytes) else authorization.encode()
    headers = [(b"authorization", value), (b"x-real-ip", address.encode())]
    return Request({"type": "http", "method": "GET", "path": "/metrics", "headers": headers})


def status(allowed: Readers, asked: Request) -> int:
    refusal = allowed.refusal(asked)
    return refusal.status_code if refusal else 200


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN} ", 200),
        ("", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        (TOKEN, 401),
        (f"Basic {TOKEN}", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {DIGEST}", 401),
        (b"Bearer \xff\xfe\x00", 401),
        ("Bearer " + "x" * 8000, 401),
    ],
)
def test_the_token(authorization: str | bytes, expected: int) -> None:
    assert status(readers(DIGEST), request(authorization)) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.0.3.7", 200),
        ("10.0.4.7", 403),
        ("2001:db8::1", 200),
        ("10.0.3.1", 403),  # the gateway
        ("10.0.3.130", 403),  # a proxy that names no client
        ("", 403),
        ("10.0.3.7, 192.0.2.1", 403),
        ("::ffff:10.0.3.7", 403),
        ("unix:", 403),
    ],
)
def test_networks(address: str, expected: int) -> None:
    allowed = readers(networks=("10.0.3.0/24", "2001:db8::/32"), strangers=("10.0.3.1", "10.0.3.128/30"))
    assert status(allowed, request(address=address)) == expected


def test_both_rules_count() -> None:
    both = readers(DIGEST, ("10.0.3.0/24",))
    assert status(both, request(f"Bearer {TOKEN}", "10.0.3.7")) == 200
    assert status(both, request(f"Bearer {TOKEN}", "10.0.4.7")) == 403
    assert status(both, request("", "10.0.3.7")) == 401


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """What is answered next; once empty, nothing is."""
    answers = [TEXT]

    async def next_answer() -> bytes:
        await asyncio.sleep(0)
        return answers.pop() if answers else b""

    monkeypatch.setattr(metrics, "collected", next_answer)
    return answers  # type: ignore[return-value]


async def several(numbers: Numbers, many: int) -> list[Any]:
    return await asyncio.gather(*(numbers.answer(request()) for _ in range(many)))


def test_requests_of_a_second_share_an_answer(asked: list[bytes]) -> None:
    async def scene() -> None:
        numbers = Numbers(readers())
        assert {bytes(answer.body) for answer in await several(numbers, 20)} == {TEXT}
        assert asked == []
        numbers.until = 0.0
        assert {answer.status_code for answer in await several(numbers, 3)} == {503}

    asyncio.run(scene())


@pytest.mark.parametrize("cut", [b"", b"mailwright_accounts 2\n", b"mailwright_acc"])
def test_part_of_an_answer_is_none(asked: list[bytes], cut: bytes) -> None:
    asked[:] = [cut]
    [answer] = asyncio.run(several(Numbers(readers()), 1))
    assert answer.status_code == 503


def test_who_may_not_read_starts_nothing(asked: list[bytes]) -> None:
    [answer] = asyncio.run(several(Numbers(readers(DIGEST)), 1))
    assert (answer.status_code, asked) == (401, [TEXT])


@pytest.mark.usefixtures("loopback")
def test_nobody_collects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "METRICS", "/nonexistent/socket")
    assert asyncio.run(collected()) == b""
