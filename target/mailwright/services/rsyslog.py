"""rsyslog: every daemon's log in one stream on standard output, and in /var/log/mail/mail.log."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import paths
from mailwright.core.tree import File
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Check, Program, Service
from mailwright.templating.templates import Templates


def files(mailserver: Mailserver, _etc: str) -> Iterator[File]:
    """rsyslog.conf."""
    text = Templates(mailserver.templates).render("rsyslog/rsyslog.conf.j2", paths=paths)
    yield File("rsyslog/rsyslog.conf", text, "rsyslog")


RSYSLOG = Service(
    name="rsyslog",
    summary="collects every daemon's log",
    files=files,
    program=lambda _: Program("/usr/sbin/rsyslogd -n -f /etc/rsyslog/rsyslog.conf -i NONE"),
    checks=(
        Check(
            ("rsyslogd", "-N1", "-f", "{etc}/rsyslog/rsyslog.conf"),
            quiet=("rsyslogd: version", "rsyslogd: End of config"),
        ),
    ),
)
