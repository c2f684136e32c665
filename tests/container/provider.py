"""An identity provider on the lab's network, and the settings with which a mail server asks it about tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.container.docker import CLIENTS
from tests.container.lab import Lab, Server
from tests.pki import hierarchy

PROGRAM = Path(__file__).with_name("identity_provider.py")
HOST = "id.test"
ASKING = {
    "ENABLE_OAUTH2": "1",
    "ENABLE_POP3": "1",
    "ENABLE_MANAGESIEVE": "1",
    "OAUTH2_INTROSPECTION_MODE": "post",
    "OAUTH2_INTROSPECTION_URL": f"https://mail:client-secret@{HOST}/introspect",
    "OAUTH2_AUDIENCE": "mail",
    "OAUTH2_CA_FILE": "/tmp/docker-mailserver/id-ca.pem",
}


@dataclass(frozen=True)
class Provider:
    """Its container, and the certificate of the authority that signed its own."""

    server: Server
    authority: str
    host: str

    @classmethod
    def of(cls, lab: Lab, tokens: Mapping[str, Mapping[str, object]], host: str = HOST) -> Provider:
        """A provider that knows these tokens and what each claims."""
        certificate, intermediate, root, key = hierarchy(host, identified=False)
        files = {"tokens.json": json.dumps(tokens), "cert": certificate + intermediate, "key": key}
        folder = lab.folder({**files, "id.py": PROGRAM.read_text()})
        command = ("python3", "-u", "/id/id.py", "/id/tokens.json", "/id/cert", "/id/key")
        return cls(lab.container("id", "-v", f"{folder}:/id", image=CLIENTS, command=command), root, host)

    @property
    def files(self) -> dict[str, str]:
        """What ASKING names in the config folder."""
        return {"id-ca.pem": self.authority}

    @property
    def address(self) -> tuple[str, str]:
        """Options of the container that asks it."""
        return ("--add-host", f"{self.host}:{self.server.ip}")
