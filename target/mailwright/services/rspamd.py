"""Rspamd: the one filter, a milter of Postfix. It judges incoming mail and signs ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mailwright.core import paths
from mailwright.core.endpoints import Sockets
from mailwright.core.memo import remembered
from mailwright.core.tree import Effect, File, Folder, Span
from mailwright.formats import dkim_keys, resolv_conf
from mailwright.formats.dkim_keys import SigningKey
from mailwright.formats.rspamd_commands import COMMANDS_FILE
from mailwright.model import networks, proxies, sender_logins
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Check, Dialogue, Port, Program, Reload, Service, User, socket_folder
from mailwright.services.template import rendered
from mailwright.settings import Settings
from mailwright.templating.templates import lines

LOG_LEVELS = {"error": "error", "warn": "notice", "info": "notice", "debug": "notice", "trace": "info"}
VARIABLES = (f"--var=DBDIR={paths.RSPAMD_STATE}", "--var=RUNDIR=/run/rspamd")
# It looks up the server names in its configuration at the start; a dead resolver must not delay that for long.
PATIENCE = "RES_OPTIONS=timeout:1 attempts:1"
OPTIONS, ADDRESSES = "options.inc", "rspamd/local_addrs.inc.j2"
LUA = "rspamd/lua/"  # parts of rspamd.lua
# The worker for submission: the place where Rspamd looks for more workers, and that worker's own options.
WORKERS, SUBMISSION = "rspamd.conf.local", "worker-submission.inc"
DNSBL_CHECKS = (
    "SPAMHAUS_CHECK",
    "MAILSPIKE",
    "RBL_SENDERSCORE_REPUT_UNKNOWN",
    "RBL_SEM",
    "RBL_SEM_IPV6",
    "RCVD_IN_DNSWL",
    "RBL_VIRUSFREE_UNKNOWN",
    "BLOCKLISTDE_CHECK",
)
SECRET = {"mode": 0o640, "owner": "root:_rspamd", "secret": True}


def has_rspamd(mailserver: Mailserver) -> bool:
    """Whether mail is filtered here."""
    return mailserver.has_rspamd


def program(_: Mailserver) -> Program:
    """Rspamd's main process and its workers, none of them root."""
    command = f'/usr/bin/env "{PATIENCE}" /usr/lib/mailwright/rspamd-foreground {" ".join(VARIABLES)}'
    return Program(command, user="_rspamd", gives_way=200)


def has_web(mailserver: Mailserver) -> bool:
    """Whether Rspamd's web page is open."""
    return has_rspamd(mailserver) and bool(mailserver.settings.rspamd_web_password)


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """Everything below /etc/rspamd that is not Rspamd's own."""
    computed = rspamd(mailserver)
    elsewhere = (ADDRESSES, LUA)
    ours = sorted(
        path for path in mailserver.templates if path.startswith("rspamd/") and not path.startswith(elsewhere)
    )
    for path in ours:
        name = path.removeprefix("rspamd/").removesuffix(".j2")
        if name in (WORKERS, SUBMISSION) and not mailserver.filters_submission_apart:
            continue
        more = SECRET if name == "worker-controller.inc" and has_web(mailserver) else {}
        place = "rspamd" if name == WORKERS else "rspamd/local.d"
        yield File(f"{place}/{name}", rendered(path, mailserver, etc, rspamd=computed), "rspamd", **more)  # type: ignore[arg-type]
    if mailserver.rspamd.known.domains:
        yield File("rspamd/local.d/greylist_domains.map", lines(mailserver.rspamd.known.domains), "rspamd")
    domains = lines(sorted(mailserver.mail_domains))
    for name, text in {"senders.map": senders(mailserver), "mail_domains.map": domains}.items():
        yield File(f"rspamd/local.d/{name}", text, "rspamd", effect=Effect.NOTHING)
    for key in {key.path: key for key in _signing(mailserver)}.values():
        yield File(key.path, key.private, "rspamd", **SECRET)  # type: ignore[arg-type]
    yield from _overrides(mailserver, etc, rendered(ADDRESSES, mailserver, etc, rspamd=computed))


@remembered  # the check of a staged tree and the tree itself have the same map
def senders(mailserver: Mailserver) -> str:
    """rspamd.lua's map, which Rspamd watches: alias → logins.

    Without SPOOF_PROTECTION also login/domain for other domains of a login's aliases.
    """
    rows = list(sender_logins.aliases(mailserver))
    pairs = () if mailserver.settings.spoof_protection else sender_logins.other_domains(rows)
    return lines(
        [
            *(f"{address} {address}" for address in sender_logins.mailboxes_beside_catch_alls(mailserver)),
            *(f"{alias} {','.join(logins)}" for alias, logins in rows),
            *(f"{login}/{domain} 1" for login, domain in pairs),
        ]
    )


def _overrides(mailserver: Mailserver, etc: str, addresses: str) -> Iterator[File]:
    """The operator's drop-ins. Paths of keys in the config folder, which Rspamd can't read, lead to our copies.

    ``addresses`` is ours and belongs here: in local.d it would be added to Rspamd's list, not replace it.
    """
    copies = {f"{paths.CONFIG}/{key.where}": f"{etc}/{key.path}" for key in _signing(mailserver)}
    for name, file in mailserver.rspamd.overrides.items():
        text = file.text
        for original, copy in copies.items():
            text = text.replace(original, copy)
        before = addresses if name == OPTIONS and "local_addrs" not in text else ""
        offset = before.count("\n")
        commanded = mailserver.rspamd.commanded.get(name, {}).items()
        of_commands = (Span(offset + line, COMMANDS_FILE, number, 1) for line, number in commanded)
        spans = (*of_commands, Span(offset + 1, file.name))
        yield File(f"rspamd/override.d/{name}", before + text, "rspamd", 0o640, "root:_rspamd", spans=spans)
    if OPTIONS not in mailserver.rspamd.overrides:
        yield File(f"rspamd/override.d/{OPTIONS}", addresses, "rspamd")


def _signing(mailserver: Mailserver) -> Iterator[SigningKey]:
    for keys in dkim_keys.in_use(mailserver.dkim).values():
        yield from keys


@dataclass(frozen=True, slots=True)
class Rspamd:
    """What Rspamd's templates lay out."""

    log_level: str
    local_networks: tuple[str, ...]  # clients whose mail is ours
    proxied: bool  # a service of Postfix has clients that a PROXY header names
    redis_server: str
    keys: Mapping[str, tuple[SigningKey, ...]]  # by domain
    signs: bool
    sealing: Mapping[str, SigningKey]  # by domain: the RSA key that seals ARC
    greylisting: bool
    known_networks: tuple[str, ...]
    known_domains: tuple[str, ...]
    known_recipients: tuple[str, ...]
    dnsbl: bool
    dnsbl_reason: str
    checks_of_addresses: tuple[str, ...]  # Rspamd's symbols; they mean nothing where the client is not known


def rspamd(mailserver: Mailserver) -> Rspamd:
    """The values of Rspamd's templates."""
    settings, known = mailserver.settings, mailserver.rspamd.known
    keys = dkim_keys.in_use(mailserver.dkim)
    rsa = {domain: next((key for key in pair if key.algorithm == "rsa"), None) for domain, pair in keys.items()}
    dnsbl, reason = fit_for_block_lists(mailserver)
    return Rspamd(
        log_level=LOG_LEVELS[settings.log_level],
        local_networks=("127.0.0.0/8", "::1", *networks.without_strangers(mailserver.mynetworks)),
        proxied=bool(mailserver.proxies) or proxies.believes_headers(mailserver.overrides),
        redis_server=str(mailserver.sockets.redis) if mailserver.has_redis else settings.rspamd_redis_server,
        keys=keys,
        signs=bool(keys) or "dkim_signing.conf" in mailserver.rspamd.overrides,
        sealing={domain: key for domain, key in rsa.items() if key},
        greylisting=settings.rspamd_greylisting or settings.enable_postgrey,
        known_networks=known.networks,
        known_domains=known.domains,
        known_recipients=known.recipients,
        dnsbl=dnsbl,
        dnsbl_reason=reason,
        checks_of_addresses=(
            "SPF_CHECK",
            "DMARC_CHECK",
            *(("HFILTER_CHECK",) if settings.rspamd_hfilter else ()),
            *(DNSBL_CHECKS if dnsbl else ()),
        ),
    )


def fit_for_block_lists(mailserver: Mailserver) -> tuple[bool, str]:
    """Whether block lists are asked, and the reason."""
    if mailserver.settings.rspamd_dnsbl != "auto":
        return mailserver.settings.rspamd_dnsbl == "1", "RSPAMD_DNSBL says so."
    if public := resolv_conf.public(mailserver.nameservers):
        return False, f"Block lists refuse the public resolver {public[0]}."
    return True, "The container's resolver is none of the public ones that block lists refuse."


def state(settings: Settings, sockets: Sockets) -> Iterator[Folder]:
    """What it learns, with links to the image's compiled patterns, and the folders of its sockets.

    Compiling the patterns takes ten seconds. Each socket has its own folder: another group may reach each.
    """
    if settings.enable_rspamd:
        yield Folder(paths.RSPAMD_STATE, "_rspamd:_rspamd", 0o750, True, ("stats.ucl",), paths.RSPAMD_CACHE)
        for socket in (sockets.milter, sockets.submission_milter):
            yield from socket_folder(socket, "_rspamd:postfix")
        # Who reaches this socket commands Rspamd without a password.
        yield from socket_folder(sockets.rspamd_controller, "_rspamd:_rspamd")


def dialogues(mailserver: Mailserver) -> Iterator[Dialogue]:
    """Postfix's begin of a session, on each socket that it uses."""
    yield Dialogue("milter", str(mailserver.sockets.milter))
    if mailserver.filters_submission_apart:
        yield Dialogue("milter", str(mailserver.sockets.submission_milter))


RSPAMD = Service(
    name="rspamd",
    summary="filters mail that comes in, and signs ours",
    start=40,
    enabled=has_rspamd,
    files=files,
    program=program,
    state=state,
    early=("/usr/lib/mailwright/rspamd-unpack",),
    reload=Reload(
        ("/usr/lib/mailwright/rspamd-reload",),
        ("rspamd/local.d/worker-controller.inc", "rspamd/override.d/worker-controller.inc"),
        ("bind_socket",),
    ),
    checks=(
        Check(
            ("env", PATIENCE, "rspamadm", "--var=LOCAL_CONFDIR={etc}/rspamd", *VARIABLES, "configtest", "-q"),
            program="rspamadm",
            reads=("rspamd/", "/etc/rspamd", "/usr/share/rspamd"),
        ),
    ),
    ports=(Port("rspamd", 11334, "-", "Rspamd's web page", "RSPAMD_WEB_PASSWORD", has_web, ""),),
    dialogues=dialogues,
    # The rest of /etc/rspamd is Rspamd's own.
    etc=("rspamd/dkim", "rspamd/local.d", "rspamd/override.d", "rspamd/rspamd.conf.local"),
    packages=("rspamd",),
    users=(User("_rspamd", 106),),
    memory=110,
)
