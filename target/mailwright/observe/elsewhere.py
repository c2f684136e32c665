"""What this server asks elsewhere, a directory of accounts and an identity provider, and what does not answer."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from mailwright.core import paths, sockets
from mailwright.formats.socketmap import netstring, question
from mailwright.formats.sql_lookups import lookups
from mailwright.observe.conversation import connected
from mailwright.observe.dialogues import DIALOGUES, failed

SECONDS = 10.0
PROVIDER = Path("/etc/oauth2/provider.json")
LOOKUPS = Path("/etc", paths.SQL_LOOKUPS)


def away(dialogues: Path = DIALOGUES, introspection: str = sockets.INTROSPECTION) -> Iterator[str]:
    """What does not answer, by its name, and why."""
    lines = dialogues.read_text(encoding="utf-8").splitlines() if dialogues.exists() else []
    directories = {line: line.split(" ", 4)[4] for line in lines if line.split(" ", 2)[1] == "directory"}
    for line, place in directories.items():
        if failed(line):
            yield f"{place} is down or refuses us"
    # The health check of one node of many does not ask for accounts.
    if not directories and LOOKUPS.exists() and not has_accounts(sockets.SQL_POSTFIX):
        yield f"{lookups(LOOKUPS.read_text(encoding='utf-8')).database.place} is down or refuses us"
    if Path(introspection).exists() and (reason := _provider(introspection)):
        yield f"the identity provider {_host()} {reason}"


def has_accounts(path: str) -> bool:
    """Whether sql-lookups, which has its socket at ``path``, can ask the database."""
    with suppress(OSError, ValueError), closing(connected(path)) as connection:
        connection.sendall(netstring(b"domain directory.invalid"))
        with connection.makefile("rb") as stream:
            return question(stream) == ("NOTFOUND", "")
    return False


def _host() -> str:
    try:
        return urlsplit(json.loads(PROVIDER.read_text(encoding="utf-8"))["url"]).hostname or ""
    except (OSError, ValueError, KeyError):
        return ""


def _provider(path: str) -> str:
    """Why the provider cannot tell whose a token is, or nothing. Of no token it says that it is not valid."""
    connection = _Connection(path)
    try:
        body = urlencode({"token": "mailwright-health"})
        connection.request("POST", "/", body, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        text = answer.read()
        return (
            str(json.loads(text).get("why", "does not answer"))
            if answer.status == http.client.SERVICE_UNAVAILABLE
            else ""
        )
    except (OSError, ValueError, http.client.HTTPException):
        return "is not asked: the service oauth2 does not answer"
    finally:
        connection.close()


class _Connection(http.client.HTTPConnection):
    """To the program that asks the provider."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=SECONDS)
        self.path = path

    def connect(self) -> None:
        """Connects to its socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(SECONDS)
        self.sock.connect(self.path)
