"""``python3 -m mailwright.programs.proxy_protocol FOLDER NETWORKS ADDRESSES PORT=SERVICE…``: clients behind a proxy.

Postfix believes the PROXY header of whoever connects. This program takes the connections in its place, refuses those
that do not come from the proxies of NETWORKS, and hands the others over to Postfix, as postscreen(8) does: it passes
the open connection to the service SERVICE of master.cf, whose socket lies in FOLDER. After that it has no part in it.

postscreen reads the header itself. smtpd(8) does not if it is handed a connection: it is told who the client is.
"""

from __future__ import annotations

import errno
import socket
import socketserver
import struct
import sys
import syslog
import threading
import time
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

from mailwright.core.paths import BANNED
from mailwright.formats.proxy_header import LONGEST, Endpoint, Header, header

PATIENCE = 5.0  # seconds for a header
PAUSE = 0.02  # seconds, before a header is looked at again that has not come whole
QUEUE = struct.pack("ll", 60, 0)  # seconds that a client may wait until Postfix has a process for it
NEVER = 86400.0  # seconds between two looks whether the server shall end
SECONDS_TO_LISTEN = 5.0  # between two attempts, while something else has the port


class RefusedError(Exception):
    """Why a connection is closed."""


class EndedError(Exception):
    """A connection that ends without a word: the proxy has gone, as health checks do, or fail2ban bans the client."""


class Gate:
    """Which proxies may speak for clients, and where the services of Postfix are."""

    def __init__(self, folder: str, networks: Iterable[str]) -> None:
        self.folder, self.networks = folder, [ip_network(network) for network in networks]

    def pass_on(self, connection: socket.socket, service: str) -> None:
        """Hands ``connection`` to ``service``; RefusedError if it may not come in, OSError if Postfix does not run."""
        try:
            proxy, here = _endpoint(connection.getpeername()), _endpoint(connection.getsockname())
        except OSError:  # it has ended before its turn
            raise EndedError from None
        trusted = any(proxy.address in network for network in self.networks)
        # The health check of this container says that it is the client itself; it may not speak for others.
        if not trusted and not proxy.address.is_loopback:
            raise RefusedError("is not in PROXY_PROTOCOL_NETWORKS")
        said = read(connection)
        if said.client:
            self._check(said.client.address, trusted=trusted)
        attributes = b"\0"
        if service != "smtp-proxy":
            connection.recv(said.length)
            attributes = told(said.client or proxy, said.server or here)
        with socket.socket(socket.AF_UNIX) as postfix:
            postfix.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, QUEUE)
            try:
                postfix.connect(f"{self.folder}/{service}")
            except OSError:
                if said.client:
                    raise
                raise EndedError from None  # a health check, which says itself that nothing answers
            socket.send_fds(postfix, [b"\0"], [connection.fileno()])
            postfix.sendall(attributes)

    @staticmethod
    def _check(client: IPv4Address | IPv6Address, *, trusted: bool) -> None:
        if not trusted:
            raise RefusedError("is not in PROXY_PROTOCOL_NETWORKS, and speaks for a client")
        if Path(BANNED, str(client)).is_dir():
            raise EndedError
        # Daemons trust this container's own address.
        if client.is_loopback or client.is_unspecified or client.is_multicast:
            raise RefusedError(f"speaks for {client}, which is not the address of a client")


def read(connection: socket.socket) -> Header:
    """The header that ``connection`` begins with, which stays to be read; RefusedError if none comes in time."""
    deadline = time.monotonic() + PATIENCE
    connection.settimeout(PATIENCE)
    while time.monotonic() < deadline:
        try:
            data = connection.recv(LONGEST, socket.MSG_PEEK)
            whole = header(data)
        except TimeoutError:
            break
        except ValueError as error:
            raise RefusedError(str(error)) from None
        if whole:
            connection.settimeout(None)
            return whole
        if not data:
            raise EndedError
        time.sleep(PAUSE)
    raise RefusedError("has sent no PROXY header in time")


def told(client: Endpoint, server: Endpoint) -> bytes:
    """What Postfix is told of a connection: names and values that end with NUL, and an empty name."""
    pairs = (
        *(("client_address", client.address), ("client_port", client.port)),
        *(("server_address", server.address), ("server_port", server.port)),
    )
    return b"".join(f"{name}\0{value}\0".encode() for name, value in pairs) + b"\0"


def _endpoint(name: tuple[str, int]) -> Endpoint:
    return Endpoint(ip_address(name[0].partition("%")[0]), name[1])


class Server(socketserver.ThreadingTCPServer):
    """Listens on one address and port. A thread for each connection, until Postfix has it."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 200

    def __init__(self, address: str, port: int, gate: Gate, service: str) -> None:
        self.gate, self.service = gate, service
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, port), socketserver.BaseRequestHandler)

    def server_bind(self) -> None:
        """Listens on IPv6 beside another server on IPv4."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        super().server_bind()

    def finish_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Passes a connection on, or logs why it does not."""
        assert isinstance(request, socket.socket)  # noqa: S101
        peer = client_address[0] if isinstance(client_address, tuple) else ""
        try:
            self.gate.pass_on(request, self.service)
        except (EndedError, ConnectionResetError):
            return
        except RefusedError as reason:
            log(f"{self.service}: refused {peer}: it {reason}")
        except OSError as error:
            log(f"{self.service}: {peer} is closed: Postfix does not answer: {error.strerror}")

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Closes our copy of the connection. Postfix may go on with its own, so no end is sent."""
        self.close_request(request)


def listen(address: str, port: int, gate: Gate, service: str) -> None:
    """Serves one port for ever, once nothing else has it; returns if the container has no IPv6."""
    while True:
        try:
            with Server(address, port, gate, service) as server:
                server.serve_forever(poll_interval=NEVER)
        except OSError as error:
            if error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
                return
            log(f"{service}: cannot listen on port {port}: {error.strerror}")
            time.sleep(SECONDS_TO_LISTEN)


def log(text: str) -> None:
    """Writes a line to the mail log."""
    syslog.syslog(syslog.LOG_INFO, text)


def main(folder: str, networks: str, addresses: str, *ports: str) -> None:
    """Serves every port on every address."""
    gate = Gate(folder, networks.split(","))
    pairs = [port.split("=") for port in ports]
    threads = [
        threading.Thread(target=listen, args=(address, int(number), gate, service))
        for address in addresses.split(",")
        for number, service in pairs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    syslog.openlog("proxy-protocol", syslog.LOG_PID, syslog.LOG_MAIL)
    main(*sys.argv[1:])
