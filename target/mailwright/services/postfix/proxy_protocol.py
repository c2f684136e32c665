"""proxy-protocol: takes connections of reverse proxies and hands them over to Postfix."""

from __future__ import annotations

from mailwright.core import paths
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Service
from mailwright.services.postfix import SMTP, SUBMISSION, SUBMISSIONS
from mailwright.services.proxied import twin

PORTS = (twin(SMTP), twin(SUBMISSION), twin(SUBMISSIONS))
ADDRESSES = {"*": "0.0.0.0", "::": "::"}  # noqa: S104


def program(mailserver: Mailserver) -> Program:
    """Runs as Postfix's user, who alone reaches its sockets."""
    addresses = ",".join(ADDRESSES[address] for address in PORTS[0].listen(mailserver))
    ports = " ".join(f"{port.number}={port.name}" for port in PORTS if port.enabled(mailserver))
    command = "/usr/bin/python3 -m mailwright.programs.proxy_protocol"
    networks = ",".join(mailserver.proxies)
    return Program(f"{command} {paths.QUEUE}/private {networks} {addresses} {ports}", user="postfix")


PROXY_PROTOCOL = Service(
    name="proxy-protocol",
    summary="takes connections of reverse proxies (PROXY protocol) for Postfix",
    start=105,  # after Postfix
    enabled=lambda mailserver: bool(mailserver.proxies),
    files=lambda _mailserver, _etc: (),
    program=program,
    ports=PORTS,
)
