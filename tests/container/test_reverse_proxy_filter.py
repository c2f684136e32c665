"""The filter signs mail of clients that may send without a login, but not if a PROXY header names their address."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count

from tests.container.conftest import ALICE, BOB
from tests.container.docker import CLIENTS, until
from tests.container.lab import Lab, Server, accounts

SENDS = """
import smtplib, socket, sys
host, port, header, name = sys.argv[1:5]
client = smtplib.SMTP(timeout=20, local_hostname="client.outside.test")
client.sock = socket.create_connection((host, int(port)), 20)
client.sock.sendall(header.encode() + b"\\r\\n" if header else b"")
client.file = None
client.getreply()
mail = f"From: alice@example.test\\nTo: bob@example.test\\nMessage-ID: <{name}@x.test>\\n\\nhi\\n"
client.sendmail("alice@example.test", ["bob@example.test"], mail)
"""


def test_an_address_in_a_header_signs_nothing(lab: Lab) -> None:
    config = {
        "postfix-accounts.cf": accounts(ALICE, BOB),
        "rspamd/override.d/actions.conf": "reject = null; add_header = null; greylist = null;\n",
    }
    proxy = lab.container("proxy", image=CLIENTS, command=("sleep", "infinity"))
    env = {"ENABLE_RSPAMD": "1", "PERMIT_DOCKER": "connected-networks", "PROXY_PROTOCOL_NETWORKS": proxy.ip}
    server = lab.mailserver("example", config, env)
    server.run("setup", "config", "dkim")
    numbers = count()
    named = partial(is_signed, server, proxy, lambda: f"m{next(numbers)}")
    until("signatures", partial(named, 25, ""))
    assert not named(12525, f"PROXY TCP4 {proxy.ip} {server.ip} 4000 25")
    assert not named(12525, f"PROXY TCP4 {server.ip} {server.ip} 4000 25")


def is_signed(server: Server, proxy: Server, name: Callable[[], str], port: int, header: str) -> bool:
    """Whether mail of ``proxy`` to ``port`` that begins with ``header`` is signed."""
    mail = name()
    proxy.run("python3", "-c", SENDS, server.ip, str(port), header, mail)
    return "DKIM-Signature:" in server.receives(BOB, f"<{mail}@x.test>")
