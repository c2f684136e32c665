"""mail.mobileconfig, Apple's profile of one account, signed: a program beside Dovecot has the key, this one has not."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mailwright.core import sockets
from mailwright.web.accounts import CLIENT, PRIVATE, account, not_found, read

PATH = "/mail.mobileconfig"
TYPE = "application/x-apple-aspen-config"
SECONDS = 10.0  # for a signature, the wait for its turn included
MOST, PERIOD = 30, 60.0  # signatures in so many seconds, whoever asks: each starts a process
OF_ONE = 10  # of them for one client, so that one cannot take the others' share
LARGEST = 1 << 17  # bytes of a profile
# Dovecot's script protocol: its version, no time limit, the arguments, an empty line. The answer ends with + or -.
REQUEST = "VERSION\tscript\t4\t0\n-\n{address}\n\n"


class BusyError(Exception):
    """No signature now."""


class Signer:
    """Signed profiles, one at a time and not more than MOST in a PERIOD."""

    def __init__(self, socket: str) -> None:
        self.socket, self.turn = socket, asyncio.Lock()
        self.asked: deque[tuple[float, str]] = deque(maxlen=MOST)  # when, and by whom

    async def profile(self, address: str, client: str = "") -> bytes:
        """The signed profile of an ``address`` that was checked; BusyError if there is none now.

        An empty ``client`` stands for many, as a gateway's address does.
        """
        now = time.monotonic()
        recent = [who for when, who in self.asked if now - when < PERIOD]
        if len(recent) == MOST or (client and recent.count(client) >= OF_ONE):
            raise BusyError("too many profiles in a minute")
        self.asked.append((now, client))
        try:
            async with asyncio.timeout(SECONDS), self.turn:
                answer = await self._asked(address)
        except (OSError, TimeoutError) as error:
            raise BusyError(str(error)) from error
        if not answer.endswith(b"+\n"):
            raise BusyError("the signer failed")
        return answer.removesuffix(b"+\n")

    async def _asked(self, address: str) -> bytes:
        reader, writer = await asyncio.open_unix_connection(self.socket)
        try:
            writer.write(REQUEST.format(address=address).encode("ascii"))
            writer.write_eof()
            return await _whole(reader)
        finally:
            writer.close()


async def _whole(reader: asyncio.StreamReader) -> bytes:
    answer = b""
    while len(answer) <= LARGEST and (part := await reader.read(1 << 14)):
        answer += part
    return answer


def routes(stated: Mapping[str, Any]) -> list[Route]:
    """The path."""
    settings, signer = read(stated), Signer(sockets.SIGNED_PROFILE)

    async def answer(request: Request) -> Response:
        """The profile of the account ``address``."""
        address = account(settings, request.query_params.get("address", ""), request)
        if not address or not settings.best("imap", "pop3") or not settings.best("smtp"):
            return not_found()
        try:
            signed = await signer.profile(address, request.headers.get(CLIENT, ""))
        except BusyError:
            busy = "try again in a minute\n"
            return PlainTextResponse(busy, 503, headers={**PRIVATE, "Retry-After": str(int(PERIOD))})
        attachment = {"Content-Disposition": 'attachment; filename="mail.mobileconfig"'}
        return Response(signed, media_type=TYPE, headers={**PRIVATE, **attachment})

    return [Route(PATH, answer)]
