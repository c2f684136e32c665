"""Thunderbird finds everything by the address alone. `make thunderbird` builds its image and runs this."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.container.conftest import ALICE
from tests.container.docker import docker, exit_code
from tests.container.lab import PASSWORD, Lab, Server
from tests.container.test_client_settings import AUTOCONFIG, AUTODISCOVER, HOST, ROOT, server

IMAGE = "mailwright-test-thunderbird:latest"
TLS, STARTTLS, PLAIN_PASSWORD = 3, 2, 3  # nsMsgSocketType, nsMsgAuthMethod
__all__ = ["server"]
pytestmark = pytest.mark.skipif(
    exit_code("image", "inspect", IMAGE) != 0, reason="make thunderbird builds the image, which is large"
)


def found(lab: Lab, address: str) -> dict[str, Any]:
    """What Thunderbird finds for ``address``."""
    folder = lab.folder({"root.pem": ROOT})
    thunderbird = lab.container("thunderbird", "-v", f"{folder}:/ca:ro", image=IMAGE, command=("sleep", "infinity"))
    try:
        program = ("python3", "/usr/local/lib/account_settings.py", address, "/ca/root.pem")
        return dict(json.loads(docker("exec", thunderbird.name, *program)))
    finally:
        lab.forget(thunderbird)


def test_thunderbird_finds_everything(lab: Lab, server: Server) -> None:
    lab.zone(*(f"host-record={name},{server.ip}" for name in (HOST, AUTOCONFIG, AUTODISCOVER)))
    settings = found(lab, ALICE)
    assert settings["subSource"] == "xml-from-isp-https"
    places = {
        kind: (settings[kind]["type"], settings[kind]["hostname"], settings[kind]["port"], settings[kind]["socketType"])
        for kind in ("incoming", "outgoing")
    }
    assert places == {"incoming": ("imap", HOST, 993, TLS), "outgoing": ("smtp", HOST, 587, STARTTLS)}
    for each in (settings["incoming"], settings["outgoing"]):
        assert (each["username"], each["auth"]) == (ALICE, PLAIN_PASSWORD)
    # With what it found, the user's password works.
    with server.imap(settings["incoming"]["username"], PASSWORD) as session:
        assert session.select("INBOX")[0] == "OK"
    # It sends the password to autodiscover too, and no log shows it.
    assert "secret" not in server.log().replace("/run/secrets", "")
