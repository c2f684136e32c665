"""/health: a word for load balancers, without a reason: strangers can ask.

The last health check of the container counts while it is young. It knows more than can be seen without rights. Besides,
the open ports are asked for their greeting, at most once in SECONDS, however many ask.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from mailwright.core import paths
from mailwright.observe.ports import PROBES, silent_port

SECONDS = 5.0  # an answer counts for so long
PATIENCE = 4.0  # seconds until a port that does not greet is called silent
YOUNG = 120.0  # seconds; Docker's health check runs every 30


class Health:
    """Whether the mail server works, remembered for SECONDS."""

    def __init__(self, probes: Path = PROBES, verdict: Path = Path(paths.VERDICT)) -> None:
        self.probes, self.verdict = probes, verdict
        self.until, self.is_healthy, self.lock = 0.0, False, asyncio.Lock()

    async def answer(self, _: Request) -> PlainTextResponse:
        """200 or 503, and the word for it."""
        async with self.lock:
            if time.monotonic() >= self.until:
                self.is_healthy = self.checked() and await self.greets()
                self.until = time.monotonic() + SECONDS
        word, status = ("healthy", 200) if self.is_healthy else ("unhealthy", 503)
        return PlainTextResponse(f"{word}\n", status, headers={"Cache-Control": "no-store"})

    def checked(self) -> bool:
        """Whether the last health check found nothing; True if there was none lately."""
        try:
            if time.time() - self.verdict.stat().st_mtime > YOUNG:
                return True
            return self.verdict.read_text(encoding="ascii").strip() == "healthy"
        except OSError:
            return True

    async def greets(self) -> bool:
        """Whether each open port of mail sends its greeting."""
        lines = self.probes.read_text(encoding="utf-8").splitlines() if self.probes.exists() else []
        mail = [line for line in lines if " HTTP/" not in line]
        try:
            async with asyncio.timeout(PATIENCE):
                reasons = await asyncio.gather(*(asyncio.to_thread(silent_port, line) for line in mail))
        except TimeoutError:
            return False
        return bool(mail) and not any(reasons)


def routes(_: Mapping[str, Any]) -> list[Route]:
    """The path."""
    return [Route("/health", Health().answer)]
