"""rsyslog: every daemon's log in one stream on standard output, and in /var/log/mail/mail.log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mailwright.core import paths
from mailwright.core.tree import Effect, File
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Check, Program, Service
from mailwright.services.rsyslog.fields import FIELDS, RULES, Rule
from mailwright.services.template import rendered


@dataclass(frozen=True, slots=True)
class Rsyslog:
    """What rsyslog's template lays out: the rules of each service, and the fields of a line in their order."""

    rules: Mapping[str, tuple[Rule, ...]]
    fields: tuple[str, ...]


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """rsyslog.conf, and the mark by which our own programs know the form of the lines."""
    computed = Rsyslog(RULES, FIELDS)
    yield File(
        "rsyslog/rsyslog.conf", rendered("rsyslog/rsyslog.conf.j2", mailserver, etc, rsyslog=computed), "rsyslog"
    )
    if mailserver.settings.log_format == "json":
        yield File(paths.JSON_LINES, "", "rsyslog", effect=Effect.NOTHING)


RSYSLOG = Service(
    name="rsyslog",
    summary="collects every daemon's log",
    start=10,
    files=files,
    program=lambda _: Program("/usr/sbin/rsyslogd -n -f /etc/rsyslog/rsyslog.conf -i NONE"),
    memory=5,
    checks=(Check(("rsyslogd", "-N1", "-f", "{etc}/rsyslog/rsyslog.conf")),),
    etc=("rsyslog",),
    packages=("rsyslog",),
)
