"""fail2ban: addresses that guess passwords or probe are banned for a week."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailwright.core import paths
from mailwright.core.endpoints import Sockets
from mailwright.core.tree import File, Folder, Span
from mailwright.model import networks
from mailwright.model.fail2ban import Section, after
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Check, Program, Reload, Service
from mailwright.services.template import rendered
from mailwright.settings import Settings

LAST = ("jail.d/", "zz-mailwright.local")


@dataclass(frozen=True, slots=True)
class Fail2ban:
    """What fail2ban's templates lay out. ``ignored`` are addresses and networks that are never banned."""

    ignored: tuple[str, ...]
    after: tuple[Section, ...]  # what follows the operator's file


def ignored(mailserver: Mailserver) -> tuple[str, ...]:
    """The loopback, the gateways, the trusted networks and the reverse proxies, each once."""
    trusted = networks.without_strangers(mailserver.mynetworks)
    return tuple(dict.fromkeys(("127.0.0.0/8", "::1", *mailserver.gateways, *trusted, *mailserver.proxies)))


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """fail2ban's files beside Debian's, and the operator's. Files of a folder are read in alphabetical order."""
    ours = mailserver.fail2ban
    exempt = ignored(mailserver)
    computed = Fail2ban(exempt, tuple(after(ours.jail, exempt)) if ours.jail else ())
    for folder, name in (("", "fail2ban.local"), ("", "jail.local"), ("action.d/", "nftables.local"), LAST):
        text = rendered(f"fail2ban/{name}.j2", mailserver, etc, fail2ban=computed)
        yield File(f"fail2ban/{folder}{name}", text, "fail2ban")
    for folder, file in (("jail.d", ours.jail), ("fail2ban.d", ours.fail2ban)):
        text = file.text if file else ""
        yield File(f"fail2ban/{folder}/user.local", text, "fail2ban", spans=(Span(1, file.name),) if file else ())


def state(settings: Settings, _sockets: Sockets) -> Iterator[Folder]:
    """The bans, the folder of the control socket, and the log that the jails read: it must exist at the start."""
    if settings.enable_fail2ban:
        yield Folder(paths.FAIL2BAN_STATE, "root:root", 0o750)
        yield Folder(paths.FAIL2BAN_RUN, "root:root", 0o750)
        yield Folder(paths.LOG, "root:root", 0o755, files=("mail.log",))
    if settings.enable_fail2ban and settings.proxy_protocol_networks:
        name = paths.BANNED_LOGINS.rpartition("/")[2]
        yield Folder(paths.BANNED, "root:dovecot", 0o755, files=(name,))


def tries(mailserver: Mailserver) -> Iterator[Check]:
    """fail2ban's own test, if the operator has a file for it: what is ours alone needs no test at each start."""
    if file := mailserver.fail2ban.jail or mailserver.fail2ban.fail2ban:
        command = ("/usr/lib/mailwright/fail2ban-check", "{etc}/fail2ban")
        yield Check(command, program="fail2ban-client", where=file.name)


FAIL2BAN = Service(
    name="fail2ban",
    summary="bans addresses that guess passwords or probe",
    start=110,
    enabled=lambda mailserver: mailserver.has_fail2ban,
    files=files,
    program=lambda _: Program("/usr/bin/fail2ban-server -xf start", stopwait=10, gives_way=300),
    state=state,
    reload=Reload(("fail2ban-client", "reload")),
    tries=tries,
    # The rest of /etc/fail2ban is Debian's.
    etc=(
        "fail2ban/action.d/nftables.local",
        "fail2ban/fail2ban.d",
        "fail2ban/fail2ban.local",
        "fail2ban/jail.d",
        "fail2ban/jail.local",
    ),
    packages=("fail2ban", "nftables"),
)
