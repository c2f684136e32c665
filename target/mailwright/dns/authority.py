"""Addresses from a zone's own name servers: Docker's resolver answers for the host name with the internal address."""

from __future__ import annotations

from collections.abc import Iterator

from dns import exception, flags, message, query, rcode, rdatatype

from mailwright.dns.questions import Answer, Ask, Unanswered

DOCKER_RESOLVER = "127.0.0.11"
PORT = 53
TIMEOUT = 2.0  # seconds for one server
MAX_SERVERS = 3
UNKNOWN = Unanswered("Docker answers with the container's internal address, and the zone's name servers do not answer")


def addresses(name: str, kind: str, ask: Ask) -> Answer:
    """The A or AAAA records of ``name`` from its zone's name servers, or else from the resolver behind Docker's."""
    for server in _name_servers(name, ask):
        answer = _query(name, kind, server, authority=True)
        if answer is not None:
            return answer
    # Docker answers A and AAAA itself and forwards all other types.
    answer = _query(name, "ANY", DOCKER_RESOLVER, authority=False)
    if answer is None:
        return UNKNOWN
    return tuple(address for address in answer if (":" in address) == (kind == "AAAA"))


def _name_servers(name: str, ask: Ask) -> Iterator[str]:
    """IPv4 addresses of the name servers of the zone that ``name`` belongs to."""
    zone = name
    while "." in zone:
        names = ask(zone, "NS")
        if names and not isinstance(names, Unanswered):
            for server in sorted(names)[:MAX_SERVERS]:
                answer = ask(server.rstrip("."), "A")
                yield from () if isinstance(answer, Unanswered) else answer[:1]
            return
        zone = zone.partition(".")[2]


def _query(name: str, kind: str, server: str, *, authority: bool) -> tuple[str, ...] | None:
    """The addresses that one server gives; None if it does not know or does not answer."""
    try:
        reply = query.udp(message.make_query(f"{name}.", kind, use_edns=0), server, timeout=TIMEOUT, port=PORT)
    except (exception.DNSException, OSError):
        return None
    if reply.rcode() not in (rcode.NOERROR, rcode.NXDOMAIN) or (authority and not reply.flags & flags.AA):
        return None
    sets = [rrset for rrset in reply.answer if rrset.rdtype in (rdatatype.A, rdatatype.AAAA)]
    # Many servers answer ANY with something else (RFC 8482).
    return tuple(str(item) for rrset in sets for item in rrset) if sets or not reply.answer else None
