"""How a mail leaves: the transport, the relay host with its login, SRS and TLS."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailwright.core import sockets
from mailwright.core.values import NextHop, next_hop
from mailwright.model.relay_hosts import RelayHosts, transport
from mailwright.services.postfix import srs
from mailwright.services.postfix.relay_hosts import transports
from mailwright.trace.configuration import Configuration, listed
from mailwright.trace.mail import Mail, Remote
from mailwright.trace.tables import Found
from mailwright.trace.world import UnansweredError

SIGNS = re.compile(rf"srs:\[[^\]]+\]:{sockets.SRS_SMTP}")
OWN = "your own {name}"


@dataclass(frozen=True, slots=True)
class Route:
    """A transport of master.cf, where it leads (empty: the recipient's MX), and what decided it."""

    transport: str
    next_hop: str
    where: str
    signed: bool = False


def remote(configuration: Configuration, mail: Mail, address: str, *, asks_mx: bool) -> Remote:
    """How a mail to ``address`` on another server leaves."""
    route = _route(configuration, mail, address)
    hosts = configuration.mailserver.relay_hosts
    hop = _hop(route, hosts)
    login = None
    if hop:
        known = not route.signed and mail.sender
        login = hosts.login(mail.sender) if known and mail.sender else hosts.hop_login(hop)
    tls, why = _tls(configuration, route, hop)
    signed = srs_form(configuration, mail) if route.signed else ""
    return Remote(
        address,
        route.transport,
        route.next_hop or f"the MX of {address.rpartition('@')[2]}",
        route.where,
        login is not None and bool(hop and hop in hosts.tables),
        login.where if login else "",
        signed,
        tls,
        why,
        _mx(configuration, route, address) if asks_mx else None,
    )


def _route(configuration: Configuration, mail: Mail, address: str) -> Route:
    """The first that decides: transport_maps, the sender's transport, default_transport and relayhost."""
    if own := _own_transport(configuration, address):
        return own
    sender = "" if mail.sender is None else mail.sender
    maps = listed(configuration.main.value("sender_dependent_default_transport_maps"))
    key = sender or ("stranger@another.invalid" if mail.sender is None else "<>")
    try:
        found, _ = configuration.tables.address(maps, key)
    except UnansweredError as error:
        return Route("", "", str(error))
    if found and SIGNS.fullmatch(found.value):
        return _signed(configuration)
    if found and found.value.upper() != "DUNNO":
        return _named(found.value, _chosen_by(configuration, found))
    return _default(configuration, found.where if found else "")


def _chosen_by(configuration: Configuration, found: Found) -> str:
    """The row or variable that names the relay host of a sender. A row without a relay host leaves RELAY_HOST only."""
    rows = configuration.mailserver.relay_hosts.rows.values()
    opted_out = any(row.where == found.where and not row.hop for row in rows)
    name = "DEFAULT_RELAY_HOST" if opted_out else "RELAY_HOST"
    return _set(configuration, name) if opted_out or not found.where else found.where


def _own_transport(configuration: Configuration, address: str) -> Route | None:
    """The row of the operator's own transport_maps."""
    maps = listed(configuration.main.value("transport_maps"))
    domain = address.rpartition("@")[2]
    parents = [f".{domain.split('.', count)[-1]}" for count in range(1, domain.count(".") + 1)]
    where = configuration.overridden.get("transport_maps", "")
    try:
        for key in (address, domain, *parents, "*") if maps else ():
            if found := configuration.tables.first(maps, key):
                return _named(found.value, f"{OWN.format(name='transport_maps')}: {key} ({where})")
    except UnansweredError as error:
        return Route("", "", f"{OWN.format(name='transport_maps')}: {error}")
    return None


def _signed(configuration: Configuration) -> Route:
    """Mail with a foreign sender: it is signed, and goes where mail of the SRS domain goes."""
    server = configuration.mailserver
    assert server.srs  # noqa: S101  only then there is such a row
    route = srs.next_hop(server.relay_hosts, server.srs)
    for name in ("default_transport", "relayhost"):
        route = route.replace(f"${name}", configuration.main.value(name))
    named = _named(route, _set(configuration, "ENABLE_SRS"))
    return Route(named.transport, named.next_hop, named.where, signed=True)


def _default(configuration: Configuration, where: str) -> Route:
    default, relay = (configuration.main.value(name) for name in ("default_transport", "relayhost"))
    own = [
        configuration.overridden[name]
        for name in ("default_transport", "relayhost")
        if name in configuration.overridden
    ]
    if ":" in default or relay:
        route = default if ":" in default else f"{default}:{relay}"
        return _named(route, own[0] if own else _set(configuration, "DEFAULT_RELAY_HOST"))
    return Route(default, "", where)


def _set(configuration: Configuration, name: str) -> str:
    """Where the variable is set."""
    return f"{name}, {configuration.origin(name)}"


def _named(route: str, where: str) -> Route:
    name, _, hop = route.partition(":")
    return Route(name or "smtp", hop, where)


def _hop(route: Route, hosts: RelayHosts) -> NextHop | None:
    """The relay host of the settings or files that the route leads to."""
    try:
        hop = next_hop(route.next_hop) if route.next_hop else None
    except ValueError:
        return None
    return hop if hop in hosts.hops else None


def _tls(configuration: Configuration, route: Route, hop: NextHop | None) -> tuple[str, str]:
    """The level of TLS (postconf(5), smtp_tls_security_level), and why."""
    hosts, settings = configuration.mailserver.relay_hosts, configuration.mailserver.settings
    if hop and hop in hosts.special:
        level = next(one.tls_security_level for one in transports(hosts, "/etc") if one.name == transport(hop))
        reason = "a relay host with a login" if hop in hosts.tables else "implicit TLS of port 465"
        return level, f"{reason}; the certificate must be valid" if level == "secure" else reason
    for name in ("smtp_tls_policy_maps", "smtp_tls_security_level"):
        if name in configuration.overridden:
            return "not traced", f"{OWN.format(name=name)} ({configuration.overridden[name]})"
    if hop or route.next_hop:
        return configuration.main.value("smtp_tls_security_level"), "a relay host without a login"
    level, policy = configuration.main.value("smtp_tls_security_level"), "TLS if offered"
    if settings.enable_dane:
        policy = f"DANE, if it has TLSA records (ENABLE_DANE); else {policy}"
    if settings.enable_mta_sts:
        policy = f"its MTA-STS policy (ENABLE_MTA_STS), if it has one; else {policy}"
    return level, policy


def srs_form(configuration: Configuration, mail: Mail) -> str:
    """The form of the rewritten sender; its signature needs the secret."""
    domain = configuration.mailserver.srs.domain if configuration.mailserver.srs else ""
    local, _, of = (mail.sender or "USER@DOMAIN").rpartition("@")
    return f"SRS0=…=…={of}={local}@{domain}"


def _mx(configuration: Configuration, route: Route, address: str) -> tuple[str, ...] | None:
    if route.next_hop:
        return None
    try:
        return tuple(configuration.world.mx(address.rpartition("@")[2]))
    except UnansweredError as error:
        return (str(error),)
