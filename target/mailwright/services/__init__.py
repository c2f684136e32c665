"""SERVICES: every daemon, in the order of the start; the stop runs the other way."""

from __future__ import annotations

from mailwright.services.clamav import CLAMAV, FRESHCLAM
from mailwright.services.declaration import Port, Service
from mailwright.services.dovecot import DOVECOT
from mailwright.services.fail2ban import FAIL2BAN
from mailwright.services.mta_sts import MTA_STS
from mailwright.services.postfix import POSTFIX
from mailwright.services.postsrsd import POSTSRSD
from mailwright.services.redis import REDIS
from mailwright.services.rspamd import RSPAMD
from mailwright.services.rsyslog import RSYSLOG
from mailwright.services.unbound import UNBOUND
from mailwright.services.watch import WATCH

# rsyslog first, so that no line is lost, then who resolves names; Postfix late, so that it finds LMTP and SASL there.
SERVICES: tuple[Service, ...] = (
    RSYSLOG,
    UNBOUND,
    REDIS,
    RSPAMD,
    FRESHCLAM,
    CLAMAV,
    DOVECOT,
    POSTSRSD,
    MTA_STS,
    POSTFIX,
    FAIL2BAN,
    WATCH,
)
PORTS: tuple[Port, ...] = tuple(port for service in SERVICES[::-1] for port in service.ports)
