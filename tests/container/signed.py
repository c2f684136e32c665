"""A signed zone (DNSSEC), and the server that answers for it."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import dns.dnssec
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec

from tests import clock
from tests.container.docker import CLIENTS
from tests.container.lab import Lab, Server

DAY = timedelta(days=1)
CONFIG = """
server:
  username: ""
  zonesdir: "/zones"
  pidfile: ""
  xfrdir: "/tmp"
  zonelistfile: "/tmp/zones"
  xfrdfile: ""
remote-control:
  control-enable: no
zone:
  name: "{name}"
  zonefile: "{name}.zone"
"""


def sign(name: str, records: str) -> tuple[str, str]:
    """The zone ``name`` with ``records`` as a signed zone file, and its key as a trust anchor."""
    key = ec.generate_private_key(ec.SECP256R1())
    public: Any = dns.dnssec.make_dnskey(key.public_key(), "ECDSAP256SHA256", flags=257)
    head = f"$TTL 60\n@ SOA ns.{name}. root.{name}. 1 3600 600 86400 60\n@ NS ns.{name}.\n"
    now = clock.now()
    zone = dns.zone.from_text(head + records, origin=f"{name}.", relativize=False)
    with zone.writer() as writer:
        dns.dnssec.sign_zone(zone, writer, keys=[(key, public)], inception=now - DAY, expiration=now + DAY)
    text = io.StringIO()
    zone.to_file(text, relativize=False)
    return text.getvalue(), f"{name}. DNSKEY {public.to_text()}"


def name_server(lab: Lab, name: str, zone: str, ip: str) -> Server:
    """nsd with one zone."""
    folder = lab.folder({"nsd.conf": CONFIG.format(name=name), f"{name}.zone": zone})
    return lab.container(
        "nsd", "-v", f"{folder}:/zones", image=CLIENTS, command=("nsd", "-d", "-c", "/zones/nsd.conf"), ip=ip
    )
