"""``account_settings.py ADDRESS CA``: prints the settings that Thunderbird finds for an address, as JSON.

It runs Thunderbird without a window, and calls what "Add Mail Account" calls, over Marionette (Mozilla's remote
protocol: ``LENGTH:[0, number, command, parameters]``). CA is a file with a certificate
authority that Thunderbird trusts besides.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, BinaryIO

PORT = 2828
SECONDS = 120.0
PREFERENCES = {
    "mailnews.auto_config_url": "",  # Mozilla's own database
    "mail.provider.suppress_dialog_on_startup": True,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
SCRIPT = """
const [address, authority, resolve] = arguments;
const folder = "resource:///modules/accountcreation/";
(async () => {
  Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).addCertFromBase64(authority, "C,,");
  const { FindConfig } = ChromeUtils.importESModule(folder + "FindConfig.sys.mjs");
  const { AccountConfig } = ChromeUtils.importESModule(folder + "AccountConfig.sys.mjs");
  const signal = new AbortController().signal;
  const search = FindConfig.parallelAutoDiscovery(address.split("@")[1], address, signal, "secret", "");
  let step = await search.next();
  while (!step.done) step = await search.next({ acceptRedirect: true });
  if (!step.value) return null;
  AccountConfig.replaceVariables(step.value, "Me", address, "secret");
  const { subSource, incoming, outgoing, incomingAlternatives } = step.value;
  return { subSource, incoming, outgoing, incomingAlternatives };
})().then(value => resolve(JSON.stringify(value)), error => resolve(JSON.stringify({ error: String(error) })));
"""


class Marionette:
    """A session with a running Thunderbird."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection, self.stream, self.number = connection, connection.makefile("rb"), 0
        receive(self.stream)
        self.command("WebDriver:NewSession", capabilities={"alwaysMatch": {}})

    def command(self, name: str, **parameters: object) -> Any:
        """The result of a command."""
        self.number += 1
        text = json.dumps([0, self.number, name, parameters]).encode()
        self.connection.sendall(b"%d:%s" % (len(text), text))
        _, _, error, result = receive(self.stream)
        if error:
            raise RuntimeError(f"{name}: {error['message']}")
        return result


def receive(stream: BinaryIO) -> Any:
    """One message."""
    length = b""
    while (character := stream.read(1)) not in (b":", b""):
        length += character
    return json.loads(stream.read(int(length)))


def connected(child: subprocess.Popen[bytes]) -> socket.socket:
    """A connection to ``child``, once it listens."""
    while child.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", PORT), SECONDS)
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise RuntimeError(f"thunderbird ended with {child.returncode}")


def main(address: str, authority: str) -> None:
    """Prints the settings."""
    profile = Path(tempfile.mkdtemp())
    chosen = "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
    (profile / "user.js").write_text(chosen, encoding="utf-8")
    certificate = "".join(
        line for line in Path(authority).read_text(encoding="ascii").splitlines() if "-" * 5 not in line
    )
    command = ("thunderbird", "--headless", "--marionette", "-remote-allow-system-access", "--profile", str(profile))
    with (profile / "log").open("wb") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "HOME": str(profile)})
    try:
        session = Marionette(connected(child))
        session.command("Marionette:SetContext", value="chrome")
        session.command("WebDriver:SetTimeouts", script=int(SECONDS * 1000))
        print(session.command("WebDriver:ExecuteAsyncScript", script=SCRIPT, args=[address, certificate])["value"])
    finally:
        child.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
