"""watch: applies changed files, rotates logs, mails reports, renews certificates, and has numbers collected."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, fields

from mailwright.core import paths
from mailwright.core.endpoints import Sockets
from mailwright.core.tree import Effect, File, Folder
from mailwright.formats.certificates import is_self_signed
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Service, User
from mailwright.settings import Settings

WEB = "web"  # the web server's group


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
    if mailserver.web and mailserver.web.metrics:
        # Its group is the one that may ask for the numbers.
        text = json.dumps(facts(mailserver), indent=1) + "\n"
        yield File(paths.METRICS, text, "watch", 0o640, f"root:{WEB}", effect=Effect.NOTHING)


def facts(mailserver: Mailserver) -> dict[str, object]:
    """What programs.metrics does not find out by itself; None where only another server knows it."""
    directory, listed, settings = mailserver.directory, mailserver.provisioner.can_list, mailserver.settings
    certificates = [
        {
            "name": name,
            "use": use,
            "expires": int(certificate.not_after.timestamp()),
            "self_signed": is_self_signed(certificate.chain),
        }
        for name, several in mailserver.certificates_by_name.items()
        for use, certificate in zip(("main", "fallback"), several, strict=False)
    ]
    return {
        "accounts": len(directory.accounts) if listed else None,
        "aliases": len(directory.aliases) if listed else None,
        "domains": len(directory.domains) if listed else None,
        "certificates": certificates,
        "ordered": [order.name for order in mailserver.acme.orders] if mailserver.acme else [],
        "dovecot": not settings.smtp_only,
        "rspamd": str(mailserver.sockets.rspamd_controller) if settings.enable_rspamd else "",
    }


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
    program=lambda _: Program("/usr/bin/python3 -m mailwright.programs.watch", gives_way=100),
    state=state,
    etc=("watch",),
    packages=("python3-acme",),
    users=(User("_acme", 117),),
    memory=15,
)
