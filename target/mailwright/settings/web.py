"""Settings of the web server: what other servers, mail programs and monitoring fetch over HTTPS."""

from __future__ import annotations

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import InetProtocols, Networks, Switch


class Web(Section):
    """Web server"""

    enable_web: Switch = Field(
        False,
        description="Web server on ports 80 and 443 for the host name and for autoconfig.DOMAIN, autodiscover.DOMAIN "
        "and mta-sts.DOMAIN of each mail domain. It answers a few paths only; the page on the web server lists them.",
    )
    web_behind_proxy: Networks = Field(
        "",
        description="Reverse proxies in front of the web server, such as 10.0.3.7 or 10.0.3.0/24. They may ask on port "
        "80 for all paths, and say who the client is (X-Forwarded-For, X-Forwarded-Proto). Empty: none.",
    )
    web_inet_protocols: InetProtocols = Field("all", description="IP versions that the web server listens on.")
