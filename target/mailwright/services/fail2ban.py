"""fail2ban: addresses that guess passwords or probe are shut out for a week."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import paths
from mailwright.core.tree import File, Span
from mailwright.model import networks
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Reload, Service
from mailwright.templating.templates import Templates


def has_fail2ban(mailserver: Mailserver) -> bool:
    """Whether addresses are banned."""
    return mailserver.settings.enable_fail2ban and mailserver.fail2ban.allowed


def files(mailserver: Mailserver, _etc: str) -> Iterator[File]:
    """fail2ban's files beside Debian's, and the operator's, which it reads last."""
    templates = Templates(mailserver.templates)
    trusted = networks.without_strangers(mailserver.mynetworks)
    ignored = dict.fromkeys(("127.0.0.0/8", "::1", *mailserver.gateways, *trusted))
    for name in ("fail2ban.local", "jail.local"):
        text = templates.render(f"fail2ban/{name}.j2", settings=mailserver.settings, paths=paths, ignored=ignored)
        yield File(f"fail2ban/{name}", text, "fail2ban")
    found = mailserver.fail2ban
    for folder, file in (("jail.d", found.jail), ("fail2ban.d", found.fail2ban)):
        text = file.text if file else ""
        yield File(f"fail2ban/{folder}/user.local", text, "fail2ban", spans=(Span(1, file.name),) if file else ())


FAIL2BAN = Service(
    name="fail2ban",
    summary="bans addresses that guess passwords or probe",
    enabled=has_fail2ban,
    files=files,
    program=lambda _: Program("/usr/bin/fail2ban-server -xf start", stopwait=10),
    reload=Reload(("fail2ban-client", "reload")),
)
