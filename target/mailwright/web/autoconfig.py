"""config-v1.1.xml for Thunderbird and others, at autoconfig.DOMAIN and below /.well-known of the host name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailwright.formats import autoconfig
from mailwright.web.accounts import PRIVATE, account, host, not_found, read

PATHS = ("/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml")


def routes(stated: Mapping[str, Any]) -> list[Route]:
    """The paths."""
    settings = read(stated)

    async def answer(request: Request) -> Response:
        """The settings of the domain of ``emailaddress``, or without one, of the domain that the host name is for.

        Any of our names answers for any of our domains: Thunderbird also asks at the domain of the MX record.
        """
        asked = request.query_params.get("emailaddress", "")
        if asked:
            address = account(settings, asked, request)
            domain = address.domain if address else ""
        else:
            domain = host(request).removeprefix("autoconfig.").removeprefix("autodiscover.")
        if not settings.serves(domain, host(request)) or not settings.offers:
            return not_found()
        return Response(autoconfig.document(settings, domain), media_type="text/xml", headers=dict(PRIVATE))

    return [Route(path, answer) for path in PATHS]
