"""Check that this server is no open relay: doctor sends as a client that has no rights, from this container's address.

Docker's gateway, behind which strangers come, is such a client too: its address is in no network that may send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from mailwright.core.endpoints import Inet
from mailwright.doctor import Finding
from mailwright.doctor.catalogue import server as words
from mailwright.host import machine
from mailwright.host.commands import run
from mailwright.model import operator_networks
from mailwright.model.mailserver import Mailserver
from mailwright.observe.conversation import UnexpectedError
from mailwright.observe.open_relay import relays
from mailwright.services.postfix import SMTP


def findings(mailserver: Mailserver) -> Iterator[Finding]:
    """A finding if port 25 takes mail to other servers from this container, or why that could not be tried."""
    networks = run(("postconf", "-hx", operator_networks.MYNETWORKS)).output
    own = [str(interface.address.ip) for interface in machine.machine().interfaces]
    security = SMTP.security(mailserver)
    yield from judged(networks, own, lambda address: relays(str(Inet(address, SMTP.number)), security))


def judged(networks: str, own: Iterable[str], is_open: Callable[[str], bool]) -> Iterator[Finding]:
    """What the first of our ``own`` addresses that is a stranger to ``networks`` is told; ``is_open`` asks."""
    address = next((one for one in own if not one.startswith("127.") and is_stranger(networks, one)), "")
    if not address:
        yield words.RELAY_UNASKED.finding(reason="this container has no address that mynetworks excludes")
        return
    try:
        if is_open(address):
            yield words.OPEN_RELAY.finding(address=address)
    except (OSError, UnexpectedError) as error:
        yield words.RELAY_UNASKED.finding(reason=str(error))


def is_stranger(networks: str, address: str) -> bool:
    """Whether ``address`` is surely in none of ``networks``, the value of mynetworks."""
    stated = operator_networks.words(networks)
    if {f"!{address}", f"!{address}/32"} & {*stated}:
        return True
    return not {address, f"{address}/32"} & {*stated} and not operator_networks.excluded(networks, [address])
