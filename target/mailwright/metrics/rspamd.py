"""What Rspamd counts, as its controller tells it (GET /stat)."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any

from mailwright.metrics.exposition import Sample
from mailwright.metrics.families import ACTIONS, QUANTILES
from mailwright.metrics.queue import quantile

SECONDS = 1.0
MOST = 1 << 20  # bytes of an answer


def samples(stat: Mapping[str, Any]) -> Iterator[Sample]:
    """Samples of its answer."""
    for action in ACTIONS:
        yield Sample("filter_actions", stat["actions"].get(action, 0), (action,))
    yield Sample("filter_learned", stat["learned"])
    times = sorted(float(seconds) for seconds in stat["scan_times"] if seconds)
    for share in QUANTILES if times else ():
        yield Sample("filter_scan_seconds", quantile(times, share), (f"{share:g}",))


def stat(address: str) -> dict[str, Any]:
    """Its answer; OSError or ValueError without one. ``address`` is a socket's path, or host:port."""
    with connected(address) as connection:
        connection.sendall(b"GET /stat HTTP/1.0\r\n\r\n")
        answer = b""
        while len(answer) < MOST and (chunk := connection.recv(1 << 16)):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise ValueError("Rspamd does not answer with 200")
    found: dict[str, Any] = json.loads(body)
    return found


def connected(address: str) -> socket.socket:
    """A connection to ``address``."""
    if not address.startswith("/"):
        host, _, port = address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(SECONDS)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection
