"""Whose settings a request asks for. Whether the account exists is never looked at, so no answer tells it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse

from mailwright.core import client_settings
from mailwright.core.client_settings import ClientSettings
from mailwright.core.values import Address, mailbox_address

CLIENT = "X-Client"  # nginx's word for the client's network; missing if the address stands for many
# No cache may give one user's answer to another, and no page that is left learns an address.
PRIVATE: Mapping[str, str] = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def read(stated: Mapping[str, Any]) -> ClientSettings:
    """The ClientSettings in the file that ``stated`` names."""
    return client_settings.load(Path(stated["settings"]).read_text(encoding="utf-8"))


def account(settings: ClientSettings, text: str, request: Request) -> Address | None:
    """``text`` as an address that could be of an account here; None for other texts and other domains."""
    try:
        address = mailbox_address(text)
    except ValueError:
        return None
    return address if settings.serves(address.domain, host(request)) else None


def host(request: Request) -> str:
    """The name that the request was sent to. nginx passes only names that are ours."""
    return (request.url.hostname or "").lower()


def not_found() -> PlainTextResponse:
    """The answer for other domains, and for texts that are not an address."""
    return PlainTextResponse("not found\n", 404, headers=dict(PRIVATE))
