"""Relay hosts in Postfix: each that gets a login, or TLS from the first byte, has a transport of its own in master.cf.

smtp(8) looks a login up by sender before it looks at the host. So only a relay host's own transport knows its logins,
and mail to a recipient's own MX uses a transport that knows none (SASL_README).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailwright.core.tree import Effect, File
from mailwright.core.values import NextHop
from mailwright.model.mailserver import Mailserver
from mailwright.model.relay_hosts import TLS_PORT, RelayHosts, transport
from mailwright.services.postfix.tables import Row, lmdb, table

SENDERS = "relay_senders"


@dataclass(frozen=True, slots=True)
class RelayTransport:
    """A smtp(8) of master.cf for one relay host. ``logins`` is its table of logins, or nothing."""

    name: str
    tls_wrappermode: bool
    tls_security_level: str
    logins: str


def transports(relay_hosts: RelayHosts, etc: str) -> tuple[RelayTransport, ...]:
    """The relay hosts' own transports."""
    return tuple(
        RelayTransport(
            transport(hop),
            hop.port == TLS_PORT,
            _tls_security_level(relay_hosts, hop),
            lmdb(_logins(hop), etc) if hop in relay_hosts.tables else "",
        )
        for hop in relay_hosts.special
    )


def _tls_security_level(relay_hosts: RelayHosts, hop: NextHop) -> str:
    """A relay host with a login must have a certificate for its name; an address has no name (TLS_README)."""
    return "secure" if hop in relay_hosts.tables and hop.named else "encrypt"


def _logins(hop: NextHop) -> str:
    return f"{transport(hop)}-logins"


def default(relay_hosts: RelayHosts) -> tuple[str, str]:
    """default_transport and relayhost: DEFAULT_RELAY_HOST with its own transport, or the plain one."""
    hop = relay_hosts.default
    if not hop:
        return "", ""
    route = _route(hop, relay_hosts.hop_login(hop) is not None)
    return ("", str(hop)) if route.startswith("smtp:") else (route, "")


def senders(relay_hosts: RelayHosts) -> Iterator[Row]:
    """sender_dependent_default_transport_maps: sender → transport:nexthop; DUNNO ends the look-up (postconf(5))."""
    for sender, hop in relay_hosts.senders.items():
        yield sender, _route(hop, relay_hosts.login(sender) is not None) if hop else "DUNNO"


def sender_maps(mailserver: Mailserver, etc: str) -> tuple[str, ...]:
    """sender_dependent_default_transport_maps, without SRS.

    Postfix asks every table for the whole address before it asks any for ``@domain``. So where our domains are looked
    up by address, the operator's rows must be found by address too, as patterns.
    """
    relay_hosts, domains = mailserver.relay_hosts, mailserver.provisioner.sender_domains(etc)
    if not domains:
        return (lmdb(SENDERS, etc),) if relay_hosts.senders else ()
    rows = (f"pcre:{etc}/postfix/{SENDERS}",) if relay_hosts.senders else ()
    if not relay_hosts.common and not mailserver.srs:
        return rows
    return (*rows, f"pipemap:{{{domains}, static:{{{common(relay_hosts)}}}}}")


def common(relay_hosts: RelayHosts) -> str:
    """Where mail of senders in our domains goes: through RELAY_HOST, or where all mail goes."""
    hop = relay_hosts.common
    return _route(hop, relay_hosts.hop_login(hop) is not None) if hop else "DUNNO"


def patterns(rows: Iterable[Row]) -> str:
    """``rows`` of addresses and ``@domain`` as a pcre_table(5) that finds addresses, single ones first."""
    ordered = sorted(rows, key=lambda row: row[0].startswith("@"))
    return "".join(f"/{'' if key.startswith('@') else '^'}{re.escape(key)}$/ {route}\n" for key, route in ordered)


def _route(hop: NextHop, has_login: bool) -> str:
    return f"{transport(hop) if has_login or hop.port == TLS_PORT else 'smtp'}:{hop}"


def files(mailserver: Mailserver) -> Iterator[File]:
    """The tables of senders and of logins. Only root reads the logins: Postfix opens them as root for smtp(8)."""
    relay_hosts = mailserver.relay_hosts
    if relay_hosts.senders:
        # trivial-rewrite(8) lives long and checks for new tables now and then only.
        if mailserver.provisioner.can_list:
            yield _table(SENDERS, table(senders(relay_hosts)), effect=Effect.RELOAD)
        else:
            yield File(f"postfix/{SENDERS}", patterns(senders(relay_hosts)), "postfix")
    for hop, logins in relay_hosts.tables.items():
        yield _table(_logins(hop), table(logins.items()), mode=0o600, secret=True)


def _table(
    name: str, content: str, mode: int = 0o644, *, effect: Effect = Effect.NOTHING, secret: bool = False
) -> File:
    return File(f"postfix/{name}", content, "postfix", mode, effect=effect, secret=secret, compile="postmap")
