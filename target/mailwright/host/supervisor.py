"""supervisord's XML-RPC interface over its socket. Imports little, since the health check uses it."""

from __future__ import annotations

import http.client
import socket
import xmlrpc.client
from typing import Any

from mailwright.core import sockets

TIMEOUT = 30.0  # seconds; a stop waits for deliveries


def supervisor() -> Any:
    """The methods of the running supervisord; they raise OSError when it does not run."""
    address = f"http://{sockets.SUPERVISOR_LOGIN}@supervisord"
    return xmlrpc.client.ServerProxy(address, transport=_UnixTransport()).supervisor


class _UnixConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(sockets.SUPERVISOR)


class _UnixTransport(xmlrpc.client.Transport):
    def make_connection(self, host: object) -> http.client.HTTPConnection:
        _, self._extra_headers, _ = self.get_host_info(host)  # type: ignore[arg-type]
        return _UnixConnection("supervisord")
