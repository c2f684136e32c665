"""A CA: pebble with the DNS server that it asks, whose records the tests set."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests import pki
from tests.container.docker import CLIENTS, until
from tests.container.lab import Lab, Server

NAME = "ca.test"
DIRECTORY = f"https://{NAME}:14000/dir"
KID, HMAC = "kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
YEARS = 3 * 365 * 86400  # of a certificate: the suite also runs on another day


@dataclass
class Ca:
    """The CA at ``ip``. ``authority`` verifies its own HTTPS server."""

    lab: Lab
    dns: Server
    folder: Path
    authority: str
    ip: str

    def start(self) -> Server:
        """It runs, and refuses one nonce of six."""
        mount = ("-v", f"{self.folder}:/ca:ro", "-e", "PEBBLE_VA_NOSLEEP=1", "-e", "PEBBLE_WFE_NONCEREJECT=15")
        command = ("pebble", "-config", "/ca/config.json", "-dnsserver", f"{self.dns.ip}:53")
        server = self.lab.container("ca", *mount, image=CLIENTS, command=command, ip=self.ip)
        until("the CA", lambda: "listening on" in server.log().lower())
        return server

    def say(self, path: str, **content: object) -> None:
        """Its DNS server takes a record, such as ``add-a`` with host and addresses."""
        url = f"http://{self.dns.ip}:8055/{path}"
        fetch = f"import sys, urllib.request; urllib.request.urlopen({url!r}, sys.stdin.buffer.read())"
        self.dns.run("python3", "-c", fetch, text=json.dumps(content))


def prepare(lab: Lab, mailserver: str) -> Ca:
    """A CA that does not run yet, for whom every name leads to ``mailserver``."""
    leaf, issuer, root, key = pki.hierarchy(NAME)
    pebble = {
        "listenAddress": "0.0.0.0:14000",
        "managementListenAddress": "0.0.0.0:15000",
        "certificate": "/ca/cert.pem",
        "privateKey": "/ca/key.pem",
        "httpPort": 80,
        "tlsPort": 443,
        "externalAccountBindingRequired": True,
        "externalAccountMACKeys": {KID: HMAC},
        "domainBlocklist": ["blocked.test"],
        "retryAfter": {"authz": 1, "order": 1},
        "profiles": {"default": {"description": "long", "validityPeriod": YEARS}},
    }
    config = json.dumps({"pebble": pebble})
    folder = lab.folder({"config.json": config, "cert.pem": leaf + issuer, "key.pem": key})
    silent = (text for kind in ("http01", "https01", "tlsalpn01", "doh") for text in (f"-{kind}", ""))
    answers = ("-dns01", ":53", "-defaultIPv4", mailserver, "-defaultIPv6", "")
    dns = lab.container("ca-dns", image=CLIENTS, command=("pebble-challtestsrv", *answers, *silent))
    return Ca(lab, dns, folder, root, lab.address())
