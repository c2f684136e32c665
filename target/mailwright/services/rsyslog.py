"""rsyslog: every daemon's log in one stream on standard output, and in /var/log/mail/mail.log."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core.tree import File
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Check, Program, Service
from mailwright.services.template import rendered


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """rsyslog.conf."""
    yield File("rsyslog/rsyslog.conf", rendered("rsyslog/rsyslog.conf.j2", mailserver, etc), "rsyslog")


RSYSLOG = Service(
    name="rsyslog",
    summary="collects every daemon's log",
    start=10,
    files=files,
    program=lambda _: Program("/usr/sbin/rsyslogd -n -f /etc/rsyslog/rsyslog.conf -i NONE"),
    checks=(Check(("rsyslogd", "-N1", "-f", "{etc}/rsyslog/rsyslog.conf")),),
    etc=("rsyslog",),
    packages=("rsyslog",),
)
