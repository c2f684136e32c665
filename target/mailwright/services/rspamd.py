"""Rspamd: the one filter. Judges mail that comes in, signs mail of ours (a milter of Postfix)."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import paths, sockets
from mailwright.core.tree import File, Span
from mailwright.formats import dkim_keys, resolv_conf
from mailwright.formats.dkim_keys import SigningKey
from mailwright.model import networks
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Check, Port, Program, Reload, Service
from mailwright.templating.templates import Templates, lines

LOG_LEVELS = {"error": "error", "warn": "notice", "info": "notice", "debug": "notice", "trace": "info"}
VARIABLES = (f"--var=DBDIR={paths.RSPAMD_STATE}", "--var=RUNDIR=/run/rspamd")
# Names of servers that its configuration holds are looked up at the start; a dead resolver must not hold it for long.
PATIENCE = "RES_OPTIONS=timeout:1 attempts:1"
OPTIONS, ADDRESSES = "options.inc", "rspamd/local_addrs.inc.j2"
SECRET = {"mode": 0o640, "owner": "root:_rspamd", "secret": True}


def has_rspamd(mailserver: Mailserver) -> bool:
    """Whether mail is filtered."""
    return mailserver.settings.enable_rspamd


def program(_: Mailserver) -> Program:
    """Rspamd's main process and its workers, none of them root."""
    command = f'/usr/bin/env "{PATIENCE}" /usr/bin/rspamd -f {" ".join(VARIABLES)}'
    return Program(command, stopwait=8, user="_rspamd")


def has_web(mailserver: Mailserver) -> bool:
    """Whether Rspamd's web page is open."""
    return has_rspamd(mailserver) and bool(mailserver.settings.rspamd_web_password)


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """Everything below /etc/rspamd that is not Rspamd's own."""
    templates, context = Templates(mailserver.templates), _context(mailserver, etc)
    ours = sorted(path for path in mailserver.templates if path.startswith("rspamd/") and path != ADDRESSES)
    for path in ours:
        name = path.removeprefix("rspamd/").removesuffix(".j2")
        more = SECRET if name == "worker-controller.inc" and has_web(mailserver) else {}
        yield File(f"rspamd/local.d/{name}", templates.render(path, **context), "rspamd", **more)  # type: ignore[arg-type]
    if mailserver.rspamd.known.domains:
        yield File("rspamd/local.d/greylist_domains.map", lines(mailserver.rspamd.known.domains), "rspamd")
    for key in {key.path: key for key in _signing(mailserver)}.values():
        yield File(key.path, key.private, "rspamd", **SECRET)  # type: ignore[arg-type]
    yield from _overrides(mailserver, etc, templates.render(ADDRESSES, **context))


def _overrides(mailserver: Mailserver, etc: str, addresses: str) -> Iterator[File]:
    """The operator's drop-ins. Keys that they name in the config folder, where Rspamd can't look, are our copies.

    ``addresses`` is ours, and has to be here: in local.d it would be added to Rspamd's list, not replace it.
    """
    copies = {f"{paths.CONFIG}/{key.where}": f"{etc}/{key.path}" for key in _signing(mailserver)}
    for name, file in mailserver.rspamd.overrides.items():
        text = file.text
        for theirs, ours in copies.items():
            text = text.replace(theirs, ours)
        before = addresses if name == OPTIONS and "local_addrs" not in text else ""
        spans = (Span(before.count("\n") + 1, file.name),)
        yield File(f"rspamd/override.d/{name}", before + text, "rspamd", 0o640, "root:_rspamd", spans=spans)
    if OPTIONS not in mailserver.rspamd.overrides:
        yield File(f"rspamd/override.d/{OPTIONS}", addresses, "rspamd")


def _signing(mailserver: Mailserver) -> Iterator[SigningKey]:
    for keys in dkim_keys.in_use(mailserver.dkim).values():
        yield from keys


def _context(mailserver: Mailserver, etc: str) -> dict[str, object]:
    settings, known = mailserver.settings, mailserver.rspamd.known
    keys = dkim_keys.in_use(mailserver.dkim)
    dnsbl, reason = fit_for_block_lists(mailserver)
    return {
        "settings": settings,
        "etc": etc,
        "sockets": sockets,
        "hostname": mailserver.hostname,
        "postmaster": mailserver.postmaster,
        "log_level": LOG_LEVELS[settings.log_level],
        "local_networks": ("127.0.0.0/8", "::1", *networks.without_strangers(mailserver.mynetworks)),
        "gateways": mailserver.gateways,
        "redis_server": sockets.REDIS if mailserver.has_redis else settings.rspamd_redis_server,
        "keys": keys,
        "sealing": {domain: next(it for it in of if it.algorithm == "rsa") for domain, of in keys.items() if _rsa(of)},
        "greylisting": settings.rspamd_greylisting or settings.enable_postgrey,
        "known_networks": known.networks,
        "known_domains": known.domains,
        "known_recipients": known.recipients,
        "dnsbl": dnsbl,
        "dnsbl_reason": reason,
    }


def _rsa(keys: tuple[SigningKey, ...]) -> bool:
    return any(key.algorithm == "rsa" for key in keys)


def fit_for_block_lists(mailserver: Mailserver) -> tuple[bool, str]:
    """Whether block lists are asked, and why (not)."""
    if mailserver.settings.rspamd_dnsbl != "auto":
        return mailserver.settings.rspamd_dnsbl == "1", "RSPAMD_DNSBL says so."
    if public := resolv_conf.public(mailserver.nameservers):
        return False, f"Block lists refuse the public resolver {public[0]}."
    return True, "The container's resolver is none of the public ones that block lists refuse."


RSPAMD = Service(
    name="rspamd",
    summary="filters mail that comes in, and signs ours",
    enabled=has_rspamd,
    files=files,
    program=program,
    reload=Reload(
        ("/usr/lib/mailwright/rspamd-reload",),
        ("rspamd/local.d/worker-controller.inc", "rspamd/override.d/worker-controller.inc"),
        ("bind_socket",),
    ),
    checks=(
        Check(
            ("env", PATIENCE, "rspamadm", "--var=LOCAL_CONFDIR={etc}/rspamd", *VARIABLES, "configtest", "-q"),
            # Where the network or the state is not there yet, or never.
            quiet=(
                "address resolution for",
                "cannot read servers definition",
                "cannot parse resolv.conf",
                "cannot open a temp file",
            ),
        ),
    ),
    ports=(Port("rspamd", 11334, "-", "Rspamd's web page", "RSPAMD_WEB_PASSWORD", has_web, ""),),
)
