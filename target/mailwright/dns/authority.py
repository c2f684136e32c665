"""Asking a zone's own servers: Docker's resolver gives the container's inner address for its host name."""

from __future__ import annotations

from collections.abc import Iterator

from dns import exception, flags, message, query, rcode, rdatatype

from mailwright.dns.questions import Answer, Ask, Unasked

DOCKERS = "127.0.0.11"
WAIT = 2.0  # seconds for one server
TRIED = 3
UNKNOWN = Unasked("Docker answers for it with the container's own address, and its zone's servers can't be asked")


def addresses(name: str, kind: str, ask: Ask) -> Answer:
    """The A or AAAA records of ``name`` as its zone's servers give them, or else the resolver behind Docker's."""
    for server in _servers(name, ask):
        found = _asked(name, kind, server, authority=True)
        if found is not None:
            return found
    # Docker passes on what is not A or AAAA.
    found = _asked(name, "ANY", DOCKERS, authority=False)
    return UNKNOWN if found is None else tuple(it for it in found if (":" in it) == (kind == "AAAA"))


def _servers(name: str, ask: Ask) -> Iterator[str]:
    """Addresses of the name servers of the zone that ``name`` lies in."""
    zone = name
    while "." in zone:
        found = ask(zone, "NS")
        if found and not isinstance(found, Unasked):
            for server in sorted(found)[:TRIED]:
                there = ask(server.rstrip("."), "A")
                yield from () if isinstance(there, Unasked) else there[:1]
            return
        zone = zone.partition(".")[2]


def _asked(name: str, kind: str, server: str, *, authority: bool) -> tuple[str, ...] | None:
    """The addresses that one server gives; None when it does not know."""
    try:
        reply = query.udp(message.make_query(f"{name}.", kind, use_edns=0), server, timeout=WAIT)
    except (exception.DNSException, OSError):
        return None
    if reply.rcode() not in (rcode.NOERROR, rcode.NXDOMAIN) or (authority and not reply.flags & flags.AA):
        return None
    found = [it for it in reply.answer if it.rdtype in (rdatatype.A, rdatatype.AAAA)]
    # Many servers answer ANY with something else (RFC 8482).
    return tuple(str(item) for it in found for item in it) if found or not reply.answer else None
