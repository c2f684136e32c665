"""SERVICES: every daemon, in the order of the start; the stop runs the other way."""

from __future__ import annotations

from mailwright.service import Port, Service
from mailwright.services.clamav import CLAMAV, FRESHCLAM
from mailwright.services.dovecot import DOVECOT
from mailwright.services.postfix import POSTFIX
from mailwright.services.postsrsd import POSTSRSD
from mailwright.services.redis import REDIS
from mailwright.services.rspamd import RSPAMD
from mailwright.services.rsyslog import RSYSLOG
from mailwright.services.watch import WATCH

# Postfix last, so that it finds LMTP and SASL answering; rsyslog first, so that no line is lost.
SERVICES: tuple[Service, ...] = (RSYSLOG, REDIS, RSPAMD, FRESHCLAM, CLAMAV, DOVECOT, POSTSRSD, POSTFIX, WATCH)
PORTS: tuple[Port, ...] = tuple(port for service in SERVICES[::-1] for port in service.ports)
