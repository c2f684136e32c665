"""/metrics: the server's numbers as OpenMetrics text, for clients with the token or from the networks of the settings.

The application collects nothing: it may read neither the log nor the queue. It asks the watching process over a socket,
and passes the answer on.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mailwright.core import sockets

TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
SECONDS = 1.0  # an answer counts for so long
PATIENCE = 9.0  # seconds for an answer; Prometheus waits for ten
MOST = 4 << 20  # bytes of an answer
END = b"# EOF\n"


class Readers:
    """Who may read the numbers."""

    def __init__(self, stated: Mapping[str, Any]) -> None:
        self.digest: str = stated["digest"]
        self.networks: list[IPv4Network | IPv6Network] = [ip_network(word) for word in stated["networks"]]
        self.strangers = [ip_network(word) for word in stated["strangers"]]

    def refusal(self, request: Request) -> Response | None:
        """What a client is told who may not read them."""
        if self.networks and not self.is_near(request.headers.get("X-Real-IP", "")):
            return PlainTextResponse("not for this address\n", 403)
        if self.digest and not self.is_right(request.headers.get("Authorization", "")):
            return PlainTextResponse("needs the token\n", 401, headers={"WWW-Authenticate": "Bearer"})
        return None

    def is_near(self, address: str) -> bool:
        """Whether the networks have ``address``."""
        try:
            client = ip_address(address)
        except ValueError:
            return False
        if any(client in network for network in self.strangers):
            return False
        return any(client in network for network in self.networks)

    def is_right(self, authorization: str) -> bool:
        """Whether it is the token. Digests of one length are compared, so that the time says nothing about it."""
        scheme, _, token = authorization.partition(" ")
        digest = hashlib.sha256(token.strip().encode("latin-1", "replace")).hexdigest()
        return hmac.compare_digest(digest, self.digest) and scheme.lower() == "bearer"


class Numbers:
    """The last answer, which all requests of a second share."""

    def __init__(self, readers: Readers) -> None:
        self.readers, self.lock = readers, asyncio.Lock()
        self.text, self.until = b"", 0.0

    async def answer(self, request: Request) -> Response:
        """The numbers, or why there are none."""
        if refusal := self.readers.refusal(request):
            return refusal
        async with self.lock:
            if time.monotonic() >= self.until:
                self.text, self.until = await collected(), time.monotonic() + SECONDS
        if not self.text.endswith(END):
            return PlainTextResponse("the numbers cannot be read now\n", 503)
        return Response(self.text, headers={"Content-Type": TYPE, "Cache-Control": "no-store"})


async def collected() -> bytes:
    """What the watching process answers; less than a whole answer if it does not."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_unix_connection(sockets.METRICS)
            try:
                return await _all(reader)
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return b""


async def _all(reader: asyncio.StreamReader) -> bytes:
    parts = bytearray()
    while len(parts) < MOST and (part := await reader.read(1 << 16)):
        parts += part
    return bytes(parts)


def routes(stated: Mapping[str, Any]) -> list[Route]:
    """The path."""
    return [Route("/metrics", Numbers(Readers(stated)).answer)]
