"""watch: Mailwright itself, which applies changed files, rotates the logs, mails reports and renews certificates."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, fields

from mailwright.core import paths
from mailwright.core.endpoints import Sockets
from mailwright.core.tree import Effect, File, Folder
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Service, User
from mailwright.settings import Settings


def files(mailserver: Mailserver, _etc: str) -> Iterator[File]:
    """What programs.timetable does, and when."""
    settings = mailserver.settings
    rotation = {
        "interval": settings.logrotate_interval,
        "count": settings.logrotate_count,
        "size": settings.logrotate_size,
    }
    certificates = acme_plan(mailserver)
    plan = {
        "hostname": mailserver.hostname,
        "rotation": rotation,
        "reports": [asdict(report) for report in mailserver.reports],
        # A changed plan is looked at at once.
        "acme": hashlib.sha256(certificates.encode()).hexdigest() if certificates else "",
    }
    if certificates:
        yield File(paths.ACME_PLAN, certificates, "watch", mode=0o600, effect=Effect.NOTHING, secret=True)
    yield File(paths.TIMETABLE, json.dumps(plan, indent=1) + "\n", "watch", effect=Effect.NOTHING)


def acme_plan(mailserver: Mailserver) -> str:
    """Which certificates programs.acme gets, and how; empty if the server gets none itself."""
    acme = mailserver.acme
    if not acme:
        return ""
    orders = [{"names": order.names, "optional": sorted(order.optional)} for order in acme.orders]
    hidden = ("orders", "next_keys")
    plan = {name.name: getattr(acme, name.name) for name in fields(acme) if name.name not in hidden}
    return json.dumps({"hostname": mailserver.hostname, **plan, "orders": orders}, indent=1) + "\n"


def state(settings: Settings, _sockets: Sockets) -> Iterator[Folder]:
    """Until when the last reports reach; certificates with their keys, and the account at the CA.

    _acme, who speaks with the CA, reaches neither certificates nor keys, only its account.
    """
    yield Folder(paths.REPORTS_STATE, "root:root", 0o750)
    if settings.has_acme:
        yield Folder(paths.ACME_STATE, "root:root", 0o755)
        yield Folder(paths.ACME_LIVE, "root:root", 0o700)
        yield Folder(paths.ACME_ACCOUNT, "_acme:_acme", 0o700, whole=True)
        yield Folder(paths.ACME_HOOK, "root:_acme", 0o750)
        yield Folder(paths.ACME_CHALLENGES, "_acme:_acme", 0o755)


WATCH = Service(
    name="watch",
    summary="applies changed files, rotates logs, mails reports, renews certificates",
    start=120,
    files=files,
    program=lambda _: Program("/usr/bin/python3 -m mailwright.programs.watch"),
    state=state,
    etc=("watch",),
    packages=("python3-acme",),
    users=(User("_acme", 117),),
)
