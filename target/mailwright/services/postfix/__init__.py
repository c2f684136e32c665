"""Postfix: the MTA. It accepts mail on smtp and submission(s), hands ours to Dovecot and the rest to its MX."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from mailwright.core import paths
from mailwright.core.endpoints import Sockets
from mailwright.core.memo import remembered
from mailwright.core.sockets import AUTH_RELAY
from mailwright.core.tree import Effect, File, Folder, Span
from mailwright.formats import main_cf, master_cf
from mailwright.model.mailserver import Mailserver
from mailwright.model.overrides import MAIN
from mailwright.model.provisioners.provisioner import PostfixTable
from mailwright.services.declaration import (
    INET_PROTOCOLS,
    Check,
    Dialogue,
    Group,
    Port,
    Program,
    Reload,
    Service,
    User,
)
from mailwright.services.postfix import encryption, operator_tables, postscreen, relay_hosts, relaying, srs, tables
from mailwright.services.postfix.computed import Postfix, computed, has_submission, has_submissions
from mailwright.services.postfix.override_types import names_servers, type_problems, unsupported
from mailwright.services.postfix.tables import Row
from mailwright.services.proxied import by_postfix
from mailwright.services.template import rendered
from mailwright.settings import Settings
from mailwright.templating.templates import lines

# As Postfix's own postfix-files lists them.
QUEUES = "active bounce corrupt defer deferred flush hold incoming private saved trace".split()


def listen(mailserver: Mailserver) -> tuple[str, ...]:
    """The addresses of Postfix's ports."""
    return INET_PROTOCOLS[mailserver.settings.postfix_inet_protocols]


def has_mta(mailserver: Mailserver) -> bool:
    """Whether other servers bring mail here."""
    return mailserver.role.mta


SESSIONS = 200  # of each port, as in master.cf.j2
DELIVERIES = 250  # lmtp and smtp have default_process_limit, 100 each
SMTP = Port(
    "smtp",
    25,
    "by choice",
    "mail from other servers, for our domains only",
    "",
    has_mta,
    "220 ",
    listen,
    by_postfix("smtp", "postscreen_upstream_proxy_protocol"),
)
SUBMISSION = Port(
    "submission",
    587,
    "STARTTLS",
    "sending by users, with a login",
    "ENABLE_SUBMISSION",
    has_submission,
    "220 ",
    listen,
    by_postfix("submission", "smtpd_upstream_proxy_protocol"),
)
SUBMISSIONS = Port(
    "submissions",
    465,
    "TLS",
    "sending by users, with a login",
    "ENABLE_SUBMISSIONS",
    has_submissions,
    "220 ",
    listen,
    by_postfix("submissions", "smtpd_upstream_proxy_protocol"),
)


def processes(mailserver: Mailserver) -> int:
    """An smtpd for each session of each port, and the deliveries."""
    return SESSIONS * sum(port.enabled(mailserver) for port in (SMTP, SUBMISSION, SUBMISSIONS)) + DELIVERIES


def dialogues(mailserver: Mailserver) -> Iterator[Dialogue]:
    """Mail for one of our domains on port 25, and the login that submission offers.

    None on a front: without its filter it puts mail off, which no restart of all fronts would cure.
    """
    if mailserver.cluster:
        return
    yield SMTP.dialogue(mailserver, "smtp", min(mailserver.mail_domains, default="."))
    yield from (port.dialogue(mailserver, "smtp") for port in (SUBMISSION, SUBMISSIONS) if port.enabled(mailserver))


def program(mailserver: Mailserver) -> Program:
    """Postfix in the foreground, once Dovecot's sockets are there, or for a moment those that it can do without."""
    settings, sockets = mailserver.settings, mailserver.sockets
    needed = () if settings.smtp_only else (*((sockets.lmtp,) if mailserver.role.mailboxes else ()), sockets.auth)
    helpful = [sockets.milter] if settings.enable_rspamd else []  # Rspamd makes its sockets together
    helpful += [sockets.mta_sts] if settings.enable_mta_sts else []
    waits = [address.path for address in needed if address.path]
    waits += [AUTH_RELAY] if mailserver.asks_others else []
    waits += [f"{address.path}?" for address in helpful if address.path]
    return Program(" ".join(["/usr/lib/mailwright/postfix-foreground", *waits]), stopwait=12)


def state(_settings: Settings, _sockets: Sockets) -> Iterator[Folder]:
    """The queue and what Postfix remembers, with the owners and modes of its own postfix-files."""
    yield Folder(paths.POSTFIX_DATA, "postfix:postfix", 0o700, whole=True)
    yield Folder(paths.QUEUE, "root:root", 0o755)
    yield Folder(f"{paths.QUEUE}/pid", "root:root", 0o755)
    yield Folder(f"{paths.QUEUE}/public", "postfix:postdrop", 0o710)
    yield Folder(f"{paths.QUEUE}/maildrop", "postfix:postdrop", 0o730, whole=True)
    for name in QUEUES:
        yield Folder(f"{paths.QUEUE}/{name}", "postfix:root", 0o700, whole=True)


def _main_and_master(mailserver: Mailserver, etc: str, values: Postfix) -> tuple[File, File]:
    """main.cf and master.cf, with the operator's overrides and our copies of the operator's tables."""
    master = rendered("postfix/master.cf.j2", mailserver, etc, postfix=values)
    options = master_cf.behind_postscreen(mailserver.overrides.master, master)
    replaced = operator_tables.in_place(mailserver, etc)
    options = [replace(option, value=replaced(option.value)) for option in options]
    master = master_cf.with_options(master, options)
    main = rendered("postfix/main.cf.j2", mailserver, etc, postfix=values)
    return _main_cf(mailserver, main, master, replaced), _file("master.cf", master)


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """Everything below /etc/postfix, and /etc/mailname, which overrides and scripts read."""
    yield File("mailname", f"{mailserver.domain}\n", "postfix")
    values = computed(mailserver, etc)
    yield from _main_and_master(mailserver, etc, values)
    yield from operator_tables.files(mailserver)
    yield _file("command_filter", rendered("postfix/command_filter.j2", mailserver, etc, postfix=values))
    yield _file("postscreen_access", postscreen.postscreen_access(mailserver))
    yield _file("openssl.cnf", rendered("postfix/openssl.cnf.j2", mailserver, etc, postfix=values))
    if values.submission or values.submissions:
        text = rendered("postfix/sender_header_filter.j2", mailserver, etc, postfix=values)
        yield _file("sender_header_filter", text)
    if mailserver.settings.enable_rspamd:
        yield _file("header_size", rendered("postfix/header_size.j2", mailserver, etc, postfix=values))
    if mailserver.sni:
        yield _file("sni", lines(list(tables.sni(mailserver, etc))))
    yield from _tables(mailserver)
    yield from (_look_up(table) for table in mailserver.provisioner.tables)
    yield from relay_hosts.files(mailserver)
    yield from srs.files(mailserver)
    yield from encryption.files(mailserver)
    yield _aliases(mailserver)
    if mailserver.directory.regexp:
        regexp = mailserver.directory.regexp
        spans = (Span(2, regexp.name, length=len(regexp.text.rstrip().splitlines())),)
        yield _file("regexp", tables.patterns(regexp.text), spans=spans)
        yield _file("sub_addresses", tables.sub_addresses(mailserver))
        yield _file("sub_senders", tables.sub_senders(mailserver))


@remembered  # the check of a staged tree and the tree itself have the same tables
def _tables(mailserver: Mailserver) -> tuple[File, ...]:
    """The tables of accounts and aliases, and of addresses that may not send or receive."""
    directory = mailserver.directory
    live: dict[str, Iterable[Row]] = {"virtual": tables.virtual(mailserver)}
    if mailserver.provisioner.can_list:
        live |= {"mailboxes": tables.mailboxes(mailserver), "senders": tables.senders(mailserver)}
    if directory.refused_senders:
        live["send_access"] = tables.refusals(directory.refused_senders)
    if directory.refused_recipients:
        live["receive_access"] = tables.refusals(directory.refused_recipients)
    domains = tables.domains(mailserver) if mailserver.provisioner.can_list else None
    return (
        # Postfix's long-lived programs check for new tables now and then only. A new domain must be known at once:
        # until then its mail would be treated as another server's.
        *((_file("domains", tables.table(domains), compile="postmap"),) if domains else ()),
        *(_file(name, tables.table(rows), effect=Effect.NOTHING, compile="postmap") for name, rows in live.items()),
    )


def _look_up(table: PostfixTable) -> File:
    """The file of a look-up in a directory. Postfix's programs read it, as the user postfix."""
    text = lines([f"{name} = {value}" for name, value in table.parameters])
    return _file(f"{table.name}.cf", text, mode=0o640, owner="root:postfix", secret=True)


def _main_cf(mailserver: Mailserver, rendered: str, master: str, replaced: Callable[[str], str]) -> File:
    """main.cf: our part without the parameters that the operator sets, then the operator's file (with our tables).

    Our named lists that neither this file nor ``master`` uses any more are left out too.
    """
    override = mailserver.overrides.main_file
    if not override:
        return _file("main.cf", main_cf.without_unused(rendered, HELPER, master))
    ours = main_cf.without(rendered, mailserver.overrides.main, override)
    ours = main_cf.without_unused(ours, HELPER, f"{override.text}\n{master}")
    banner = f"\n### {MAIN} of the config folder\n"
    first = (ours + banner).count("\n") + 1
    text = override.text if override.text.endswith("\n") else override.text + "\n"
    return _file("main.cf", ours + banner + replaced(text), spans=(Span(first, MAIN),))


def _aliases(mailserver: Mailserver) -> File:
    text = tables.local_aliases(mailserver)
    local = mailserver.directory.local
    first = text.count("\n") - local.text.count("\n") + 1 if local else 0
    spans = (Span(first, local.name),) if local else ()
    return _file("aliases", text, effect=Effect.NOTHING, compile="postalias", spans=spans)


def tries(mailserver: Mailserver) -> Iterator[Check]:
    """What only some overrides need: each table that they name, and the types of tables."""
    if mailserver.operator_tables.uses:
        ours = {file.path.removeprefix("postfix/") for file in files(mailserver, "/etc") if file.compile}
        yield from operator_tables.tries(mailserver, ours)
    yield from encryption.tries(mailserver)
    if names_servers(mailserver):
        yield Check(("postconf", "-c", "{etc}/postfix", "-m"), judge=unsupported)


def _file(name: str, content: str, **more: object) -> File:
    return File(f"postfix/{name}", content, "postfix", **more)  # type: ignore[arg-type]


HELPER = re.compile(r"(?:mailwright|dms|mua)_\w+")  # our own parameters, which only other parameters use

POSTFIX = Service(
    name="postfix",
    summary="MTA: accepts mail on smtp and submission(s), hands ours to Dovecot over LMTP and the rest to its MX",
    start=100,
    enabled=has_mta,
    files=files,
    program=program,
    state=state,
    reload=Reload(
        ("/usr/lib/mailwright/postfix-reload",),
        ("postfix/main.cf",),
        # postconf(5): "you need to stop and start Postfix when this parameter changes"; its state is in the last two.
        ("inet_interfaces", "inet_protocols", "queue_directory", "data_directory"),
    ),
    checks=(
        Check(
            ("/usr/lib/mailwright/postfix-configuration", "{etc}/postfix"),
            program="postconf",
            judge=relaying.open_relays,
        ),
        Check(("postconf", "-c", "{etc}/postfix", "-d"), judge=type_problems),
        Check(("postconf", "-c", "{etc}/postfix", "-P")),
        # Each program of Postfix ends at once if it cannot take up some parameters, such as inet_protocols.
        Check(("postmap", "-c", "{etc}/postfix", "-q", "any", "static:any")),
    ),
    tries=tries,
    ports=(SMTP, SUBMISSION, SUBMISSIONS),
    dialogues=dialogues,
    etc=("postfix", "mailname"),
    packages=(
        *("postfix", "postfix-lmdb", "postfix-pcre", "libsasl2-modules"),
        "sqop",
        *("postfix-ldap", "postfix-mysql", "postfix-pgsql", "postfix-sqlite"),
    ),
    users=(User("postfix", 101),),
    memory=35,
    processes=processes,
    groups=(Group("postdrop", 102),),
)
