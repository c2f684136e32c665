"""A request to a part of the application, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.routing import Route

from mailwright.core.client_settings import ClientSettings


@dataclass(frozen=True)
class Answer:
    """Status, headers in lower case and body."""

    status: int
    headers: Mapping[str, str]
    text: str


def application(
    folder: Path, settings: ClientSettings, *routes: Callable[[Mapping[str, Any]], list[Route]]
) -> Starlette:
    """The application of ``routes``, which read ``settings``."""
    file = folder / "client-settings.json"
    file.write_text(settings.dumped())
    return Starlette(routes=[route for make in routes for route in make({"settings": str(file)})])


def ask(app: Starlette, path: str, host: str = "mail.example.net", body: bytes | None = None) -> Answer:
    """The answer to a GET, or to a POST with a ``body``."""
    name, _, query = path.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.0",
        "method": "GET" if body is None else "POST",
        "scheme": "https",
        "path": unquote(name),
        "raw_path": name.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", host.encode())],
        "client": None,
        "server": None,
    }
    sent: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": body or b"", "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:]).decode("latin-1"))
