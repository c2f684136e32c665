"""What this server asks elsewhere, a directory of accounts and an identity provider, and what does not answer."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from mailwright.core import sockets
from mailwright.observe.dialogues import DIALOGUES, failed

SECONDS = 10.0
PROVIDER = Path("/etc/oauth2/provider.json")


def away(dialogues: Path = DIALOGUES, introspection: str = sockets.INTROSPECTION) -> Iterator[str]:
    """What does not answer, by its name, and why."""
    lines = dialogues.read_text(encoding="utf-8").splitlines() if dialogues.exists() else []
    for line in lines:
        _, kind, _, _, place = line.split(" ", 4)
        if kind == "directory" and failed(line):
            yield f"{place} is down or refuses us"
    if Path(introspection).exists() and (reason := _provider(introspection)):
        yield f"the identity provider {_host()} {reason}"


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
