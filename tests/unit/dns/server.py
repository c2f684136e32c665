"""A DNS server on a loopback address, which answers from records."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from dns import flags, message, rcode, rdatatype, rrset


class Zone:
    """The records of a server by ``TYPE name``, its answer flags, names for which it fails, or no answer at all."""

    def __init__(
        self,
        records: Mapping[str, tuple[str, ...]],
        flag: int = 0,
        fails: tuple[str, ...] = (),
        *,
        silent: bool = False,
    ) -> None:
        self.silent = silent
        self.records = records
        self.flag = flag
        self.fails = fails

    def reply(self, wire: bytes) -> bytes:
        """The reply to a query."""
        query = message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text().rstrip(".") or ".", rdatatype.to_text(question.rdtype)
        reply = message.make_response(query)
        reply.flags |= self.flag
        if name in self.fails:
            reply.set_rcode(rcode.SERVFAIL)
        for text in self.records.get(f"{kind} {name}", ()):
            own = kind if kind != "ANY" else "AAAA" if ":" in text else "A"
            reply.answer.append(rrset.from_text(question.name, 60, "IN", own, text))
        return reply.to_wire()


@contextmanager
def serving(zone: Zone, address: str = "127.0.0.1") -> Iterator[int]:
    """The UDP port on which ``zone`` is served."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, socket = self.request
            if not zone.silent:
                socket.sendto(zone.reply(wire), self.client_address)

    with socketserver.ThreadingUDPServer((address, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


AUTHORITATIVE, VALIDATED = int(flags.AA), int(flags.AD)
