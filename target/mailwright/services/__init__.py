"""SERVICES: every daemon in the order of the start (the stop runs the other way), and what follows from the list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mailwright.core.endpoints import SOCKETS, Sockets
from mailwright.core.tree import Folder
from mailwright.services import image
from mailwright.services.auth_relay import AUTH_RELAY
from mailwright.services.clamav import CLAMAV, FRESHCLAM
from mailwright.services.declaration import Port, Service
from mailwright.services.dovecot import DOVECOT
from mailwright.services.fail2ban import FAIL2BAN
from mailwright.services.fetchmail import FETCHMAIL
from mailwright.services.getmail import GETMAIL
from mailwright.services.ldap_relay import LDAP_RELAY
from mailwright.services.mta_sts import MTA_STS
from mailwright.services.oauth2 import OAUTH2
from mailwright.services.postfix import POSTFIX
from mailwright.services.postfix.proxy_protocol import PROXY_PROTOCOL
from mailwright.services.postsrsd import POSTSRSD
from mailwright.services.redis import REDIS
from mailwright.services.rspamd import RSPAMD
from mailwright.services.rsyslog import RSYSLOG
from mailwright.services.sql_lookups import SQL_LOOKUPS
from mailwright.services.tunnel import TUNNEL
from mailwright.services.unbound import UNBOUND
from mailwright.services.watch import WATCH
from mailwright.services.web import NGINX, WEB
from mailwright.settings import Settings

# rsyslog first, so that no line is lost, then the resolver; Postfix late, so that it finds LMTP and SASL.
SERVICES: tuple[Service, ...] = (
    RSYSLOG,
    UNBOUND,
    REDIS,
    RSPAMD,
    FRESHCLAM,
    CLAMAV,
    TUNNEL,
    SQL_LOOKUPS,
    OAUTH2,
    LDAP_RELAY,
    DOVECOT,
    POSTSRSD,
    MTA_STS,
    AUTH_RELAY,
    POSTFIX,
    PROXY_PROTOCOL,
    WEB,
    NGINX,
    FAIL2BAN,
    FETCHMAIL,
    GETMAIL,
    WATCH,
)


def ports(services: Iterable[Service] = SERVICES) -> tuple[Port, ...]:
    """The ports of ``services``, Postfix's before Dovecot's and Rspamd's."""
    return tuple(port for service in sorted(services, key=lambda service: -service.start) for port in service.ports)


PORTS: tuple[Port, ...] = ports()


def folders(settings: Settings, sockets: Sockets = SOCKETS, services: Iterable[Service] = SERVICES) -> Iterator[Folder]:
    """Every folder that must exist before the daemons start, a folder before those in it."""
    yield from image.state(settings)
    for service in services:
        yield from service.state(settings, sockets)
