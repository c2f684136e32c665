"""/setup: the page that sets up a mail program for one address, with a QR code for Apple's devices."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from mailwright.core.client_settings import ClientSettings
from mailwright.core.values import Address
from mailwright.formats import account_page
from mailwright.web import profile
from mailwright.web.accounts import PRIVATE, account, read

PATH = "/setup"
HEADERS = {**PRIVATE, "Content-Security-Policy": account_page.POLICY, "X-Frame-Options": "DENY"}


def routes(stated: Mapping[str, Any]) -> list[Route]:
    """The path."""
    settings, turn = read(stated), asyncio.Lock()

    async def answer(request: Request) -> Response:
        """The page of the account ``address``, or the form that asks for it."""
        asked = request.query_params.get("address", "").strip()
        if not asked:
            return HTMLResponse(account_page.form(settings.hostname), headers=HEADERS)
        address = account(settings, asked, request)
        if not address:
            return HTMLResponse(account_page.form(settings.hostname, account_page.MISSING), 404, HEADERS)
        async with turn:  # drawing a code takes a while; /health must not wait for a queue of them
            page = await asyncio.to_thread(_page, settings, address)
        return HTMLResponse(page, headers=HEADERS)

    return [Route(PATH, answer)]


def _page(settings: ClientSettings, address: Address) -> str:
    # Not the host of the request: no header can put another server's name into the code.
    link = f"https://{settings.page_host(address.domain)}{profile.PATH}?address={quote(address, safe='')}"
    return account_page.page(settings, address, link, qr_code(link))


def qr_code(text: str) -> str:
    """``text`` as a QR code (ISO/IEC 18004), an SVG element."""
    import segno

    return segno.make_qr(text, error="m").svg_inline(scale=4, border=4, svgclass=None, lineclass=None)
