"""autodiscover.xml and autodiscover.json for Outlook, at autodiscover.DOMAIN and at the host name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailwright.core.client_settings import ClientSettings
from mailwright.formats import autodiscover
from mailwright.web.accounts import PRIVATE, account, not_found, read

# As Outlook's versions spell them.
FOLDERS = ("/autodiscover", "/Autodiscover", "/AutoDiscover")
XML_PATHS = ("/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml", "/AutoDiscover/AutoDiscover.xml")
JSON_PATHS = ("/autodiscover/autodiscover.json", "/Autodiscover/Autodiscover.json", "/AutoDiscover/AutoDiscover.json")


def routes(stated: Mapping[str, Any]) -> list[Route]:
    """The paths. The address may be a part of the path of the answer in JSON: …/v1.0/ADDRESS."""
    settings = read(stated)

    async def settings_in_xml(request: Request) -> Response:
        body = await request.body() if request.method == "POST" else b""
        return _in_xml(settings, request, body)

    async def place_in_json(request: Request) -> Response:
        return _in_json(settings, request)

    found = [Route(path, settings_in_xml, methods=["GET", "POST"]) for path in XML_PATHS]
    found += [Route(path, place_in_json) for path in JSON_PATHS]
    return found + [Route(f"{path}/v1.0/{{address}}", place_in_json) for path in JSON_PATHS]


def _in_xml(settings: ClientSettings, request: Request, body: bytes) -> Response:
    text, for_outlook = autodiscover.request(body)
    if not for_outlook:
        return _xml(autodiscover.error_answer(autodiscover.NO_PROVIDER, "Provider is not available"))
    if not text:
        return _xml(autodiscover.error_answer(autodiscover.INVALID, "Invalid Request"))
    address = account(settings, text, request)
    if not address or not settings.offers:
        return not_found()
    return _xml(autodiscover.settings_answer(settings, address))


def _in_json(settings: ClientSettings, request: Request) -> Response:
    text = request.path_params.get("address") or request.query_params.get("Email", "")
    if not account(settings, text, request) or not settings.offers:
        return not_found()
    if request.query_params.get("Protocol", "").lower() != "autodiscoverv1":
        return Response(autodiscover.json_error(), 400, dict(PRIVATE), "application/json")
    # Our own name, not the one in the request: no header can lead Outlook elsewhere.
    return Response(autodiscover.json_answer(settings.hostname), 200, dict(PRIVATE), "application/json")


def _xml(text: str) -> Response:
    return Response(text, media_type="text/xml", headers=dict(PRIVATE))
