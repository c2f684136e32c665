"""Settings of relay hosts: other servers that our mail leaves through."""

from __future__ import annotations

from pydantic import BaseModel, Field

from mailwright.settings.types import PRIVATE, PRIVATE_IF_WRONG, Port, RelayHost, RelayNextHop


class Relay(BaseModel):
    """Relay hosts"""

    default_relay_host: RelayNextHop = Field(
        "",
        description="Server that all outgoing mail goes through, as [host]:port.",
        json_schema_extra=PRIVATE_IF_WRONG,
    )
    relay_host: RelayHost = Field(
        "",
        description="Server that mail of our own sender domains goes through; postfix-relaymap.cf makes exceptions.",
        json_schema_extra=PRIVATE_IF_WRONG,
    )
    relay_port: Port = Field(25, description="Port of RELAY_HOST; 465 is TLS from the first byte.")
    relay_user: str = Field(
        "",
        description="Login at RELAY_HOST, without it at DEFAULT_RELAY_HOST; TLS is demanded then.",
        json_schema_extra=PRIVATE,
    )
    relay_password: str = Field("", description="Password of RELAY_USER.", json_schema_extra=PRIVATE)
