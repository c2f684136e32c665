"""Relay hosts: through which one the mail of each sender leaves, and with which login."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from mailwright.core import values
from mailwright.core.problems import Findings, Problem
from mailwright.core.values import NextHop, Value
from mailwright.formats.relay_hosts import Login, Relay, logins, relays
from mailwright.model.inputs import Inputs
from mailwright.model.variables import Variables
from mailwright.settings import Settings

RELAYS, LOGINS = "postfix-relaymap.cf", "postfix-sasl-password.cf"
TLS_PORT = 465  # implicit TLS (RFC 8314)
TRANSPORT = "relay-"  # begins the name of a relay host's own transport


@dataclass(frozen=True)
class RelayHosts:
    """The next hops that replace the MX of mail for others, by sender. An address wins over its ``@domain``."""

    default: NextHop | None = None  # for every mail
    common: NextHop | None = None  # for the senders in ``domains``
    domains: frozenset[str] = frozenset()
    unlisted: bool = False  # ``domains`` are not known here: Postfix looks them up
    rows: Mapping[str, Relay] = field(default_factory=dict)
    logins: Mapping[str | NextHop, Login] = field(default_factory=dict)

    @cached_property
    def senders(self) -> Mapping[str, NextHop | None]:
        """The next hop of each sender that has its own next hop or login; None is the recipient's MX."""
        ours = {f"@{domain}" for domain in self.domains if self.common}
        named = {key for key in self.logins if isinstance(key, str)}
        return {sender: self.hop(sender) for sender in sorted({*ours, *self.rows, *named})}

    def hop(self, sender: str) -> NextHop | None:
        """The next hop for mail of ``sender``: its row's, its domain's, RELAY_HOST for ours, DEFAULT_RELAY_HOST."""
        domain = sender.rpartition("@")[2]
        row = self.rows.get(sender) or self.rows.get(f"@{domain}")
        if row:
            return row.hop or self.default
        return self.common if self.common and (self.unlisted or domain in self.domains) else self.default

    def login(self, sender: str) -> Login | None:
        """The login for mail of ``sender``: its own, its domain's at the domain's relay, the relay's."""
        hop, domain = self.hop(sender), f"@{sender.rpartition('@')[2]}"
        if not hop:
            return None
        if sender in self.logins:
            return self.logins[sender]
        # A domain's password is for that domain's relay host only. One of its addresses may use another.
        if domain in self.logins and self.hop(domain) == hop:
            return self.logins[domain]
        return self.hop_login(hop)

    def hop_login(self, hop: NextHop) -> Login | None:
        """The login for all mail through ``hop``; ``host:port`` in the file means ``[host]:port`` too."""
        return self.logins.get(hop) or self.logins.get(replace(hop, mx=hop.named))

    @cached_property
    def hops(self) -> frozenset[NextHop]:
        """Every relay host in use."""
        looked_up = self.common if self.unlisted else None
        return frozenset(hop for hop in (self.default, looked_up, *self.senders.values()) if hop)

    @cached_property
    def tables(self) -> Mapping[NextHop, Mapping[str, str]]:
        """For each relay host that is given a login: sender, or the host itself for all others → ``user:password``."""
        tables: dict[NextHop, dict[str, str]] = {}
        for sender, hop in self.senders.items():
            if hop and sender in self.logins:
                tables.setdefault(hop, {})[sender] = self.logins[sender].text
        for hop in self.hops:
            login = self.hop_login(hop)
            if login:
                tables.setdefault(hop, {})[str(hop)] = login.text
        return tables

    @cached_property
    def special(self) -> tuple[NextHop, ...]:
        """The relay hosts that need their own transport: for a login, or for implicit TLS."""
        return tuple(sorted(hop for hop in self.hops if hop in self.tables or hop.port == TLS_PORT))


def transport(hop: NextHop) -> str:
    """The name in master.cf of a relay host's own transport."""
    return f"{TRANSPORT}{hop.host.replace(':', '.')}-{hop.port}{'-mx' if hop.mx else ''}"


def relay_hosts(inputs: Inputs) -> tuple[RelayHosts, list[Problem]]:
    """The RelayHosts of settings and config folder, and the Problems with them."""
    settings, folder, problems = inputs.settings, inputs.folder, Findings()
    default = values.next_hop(settings.default_relay_host) if settings.default_relay_host else None
    common = _common(settings)
    by_key = {login.key: login for login in problems.keep(folder.parsed(LOGINS, logins))}
    wrong = list(_setting_problems(inputs.variables.values))
    hop = common or default
    if hop and not wrong and settings.relay_user:
        written = by_key.get(hop) or by_key.get(replace(hop, mx=hop.named))
        if written:
            what = f"{written.where} has a login for {hop}, which wins"
            problems.append(inputs.variables.warning("RELAY_USER", what))
        else:
            login = f"{settings.relay_user}:{settings.relay_password}"
            by_key[hop] = Login(hop, login, inputs.variables.origin("RELAY_USER"))
    rows = {row.sender: row for row in problems.keep(folder.parsed(RELAYS, relays))}
    unlisted = not inputs.provisioner.can_list
    relayed = RelayHosts(default, common, inputs.directory.domains, unlisted, rows, by_key)
    return relayed, [*problems, *wrong, *_unused(relayed, inputs.variables)]


def _common(settings: Settings) -> NextHop | None:
    """RELAY_HOST as a next hop."""
    host = settings.relay_host
    return replace(values.next_hop(f"[{host}]"), port=settings.relay_port) if host else None


def _setting_problems(variables: Mapping[str, Value]) -> Iterator[Problem]:
    user, password = variables.get("RELAY_USER"), variables.get("RELAY_PASSWORD")
    if user and not password:
        yield Problem(user.origin, "RELAY_USER: has no RELAY_PASSWORD")
    if password and not user:
        yield Problem(password.origin, "RELAY_PASSWORD: has no RELAY_USER")
    if user and ":" in user.text:
        yield Problem(user.origin, "RELAY_USER: has a colon, which would end the user's name")
    for name, value in ("RELAY_USER", user), ("RELAY_PASSWORD", password):
        if value and value.text != value.text.strip():
            yield Problem(value.origin, f"{name}: begins or ends with a space, which Postfix would not send")


def _unused(relayed: RelayHosts, variables: Variables) -> Iterator[Problem]:
    """Warnings of what has no effect."""
    if not relayed.common:
        for name in ("RELAY_PORT", "RELAY_USER")[: 2 if not relayed.default else 1]:
            if variables.is_chosen(name):
                hint = "set RELAY_HOST" if name == "RELAY_PORT" else "set RELAY_HOST or DEFAULT_RELAY_HOST"
                yield variables.warning(name, "has no effect without a relay host", hint)
    elif relayed.common not in relayed.hops:
        hint = "DEFAULT_RELAY_HOST relays the mail of all senders"
        yield variables.warning("RELAY_HOST", "no account's or alias's domain uses it", hint)
    yield from _unused_logins(relayed)


def _unused_logins(relayed: RelayHosts) -> Iterator[Problem]:
    used = {login.key for hop in relayed.hops if (login := relayed.hop_login(hop))}
    for key, login in relayed.logins.items():
        if isinstance(key, str) and not relayed.hop(key):
            yield Problem(login.where, f"mail of {key} goes through no relay host: the login is not used", "", True)
        elif isinstance(key, NextHop) and key not in used:
            yield Problem(login.where, f"no mail goes through {key}: the login is not used", "", True)
    for hop in relayed.tables:
        if not hop.named:
            what = f"{hop} is an IP address: its certificate cannot be checked before the login is sent"
            texts = relayed.tables[hop].values()
            where = next(login.where for login in relayed.logins.values() if login.text in texts)
            yield Problem(where, what, "use the relay host's name", True)
