"""Settings of relay hosts: other servers that send the outgoing mail."""

from __future__ import annotations

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import PRIVATE, PRIVATE_IF_WRONG, Port, RelayHost, RelayNextHop


class RelayHosts(Section):
    """Relay hosts"""

    default_relay_host: RelayNextHop = Field(
        "",
        description="Server that all outgoing mail is sent through. Empty: mail goes directly to the recipients' "
        "servers.",
        json_schema_extra=PRIVATE_IF_WRONG,
    )
    relay_host: RelayHost = Field(
        "",
        description="Server that mail from the server's own domains is sent through. postfix-relaymap.cf sets "
        "exceptions.",
        json_schema_extra=PRIVATE_IF_WRONG,
    )
    relay_port: Port = Field(25, description="Port of RELAY_HOST. Port 465 uses implicit TLS.")
    relay_user: str = Field(
        "",
        description="Login at RELAY_HOST, or at DEFAULT_RELAY_HOST if RELAY_HOST is empty. With a login, TLS is "
        "required.",
        json_schema_extra=PRIVATE,
    )
    relay_password: str = Field("", description="Password of RELAY_USER.", json_schema_extra=PRIVATE)
