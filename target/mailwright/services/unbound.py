"""unbound: the validating resolver that DANE needs."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core.tree import File, Span
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Check, Program, Reload, Service, User
from mailwright.services.template import rendered

CONFIG = "/etc/unbound/unbound.conf"


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """unbound.conf, and the operator's."""
    override = mailserver.overrides.unbound
    yield File("unbound/unbound.conf", rendered("unbound/unbound.conf.j2", mailserver, etc), "unbound")
    if override:
        yield File("unbound/local.conf", override.text, "unbound", spans=(Span(1, override.name),))


UNBOUND = Service(
    name="unbound",
    summary="resolves names and validates the answers (DNSSEC)",
    start=20,
    enabled=lambda mailserver: mailserver.settings.enable_dane,
    files=files,
    program=lambda _: Program(f"/usr/sbin/unbound -d -c {CONFIG}"),
    # Its cache is lost either way, and a reload does not take up everything.
    reload=Reload(),
    checks=(Check(("unbound-checkconf", "{etc}/unbound/unbound.conf")),),
    etc=("unbound",),
    packages=("unbound", "dns-root-data"),
    users=(User("unbound", 108),),
)
