"""oauth2: asks the identity provider whose a token is, for Dovecot."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mailwright.core import sockets
from mailwright.core.endpoints import Sockets
from mailwright.core.tree import Effect, File, Folder
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Service, User
from mailwright.settings import Settings

CONFIGURATION, AUTHORITIES = "oauth2/provider.json", "oauth2/ca.pem"
COMMAND = f"/usr/bin/python3 -m mailwright.programs.token_introspection /etc/{CONFIGURATION}"


def asks(mailserver: Mailserver) -> bool:
    """Whether there is a provider to ask."""
    return mailserver.oauth2 is not None and mailserver.oauth2.asks


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """The program's configuration, and the certificates that it trusts."""
    oauth2 = mailserver.oauth2
    if oauth2:
        ca = f"{etc}/{AUTHORITIES}" if oauth2.ca else ""
        stated = {
            "socket": sockets.INTROSPECTION,
            "url": oauth2.url,
            "mode": mailserver.settings.oauth2_introspection_mode,
            "client": oauth2.client,
            "username": mailserver.settings.oauth2_username_attribute,
            "active": active(mailserver.settings),
            "ca": ca,
        }
        content = json.dumps(stated, indent=2) + "\n"
        yield File(CONFIGURATION, content, "oauth2", 0o400, "_oauth2:_oauth2", effect=Effect.RESTART, secret=True)
        if ca:
            yield File(AUTHORITIES, oauth2.ca, "oauth2", effect=Effect.RESTART)


def active(settings: Settings) -> list[str]:
    """The names of the claims that must be true. RFC 7662 has one, which no introspection endpoint leaves out."""
    standard = ["active"] if settings.oauth2_introspection_mode == "post" else []
    return list(dict.fromkeys([*standard, *filter(None, [settings.oauth2_active_attribute])]))


def state(settings: Settings, _sockets: Sockets) -> Iterator[Folder]:
    """The folder of the socket: only Dovecot may ask."""
    if settings.enable_oauth2:
        yield Folder(sockets.OAUTH2_RUN, "_oauth2:dovecot", 0o750)


OAUTH2 = Service(
    name="oauth2",
    summary="asks the identity provider whose a token is (OAuth2)",
    start=65,
    enabled=asks,
    files=files,
    program=lambda _: Program(COMMAND, user="_oauth2"),
    state=state,
    etc=("oauth2",),
    users=(User("_oauth2", 111),),
)
