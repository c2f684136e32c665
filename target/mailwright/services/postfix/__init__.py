"""Postfix: the MTA. Takes mail on smtp and submission(s), hands ours to Dovecot and the rest to its MX."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import ciphers, paths, sockets
from mailwright.core.memo import remembered
from mailwright.core.tree import Effect, File, Span
from mailwright.formats import main_cf, master_cf
from mailwright.model.mailserver import Mailserver
from mailwright.model.overrides import MAIN
from mailwright.services.declaration import Check, Port, Program, Reload, Service
from mailwright.services.postfix import postscreen, relay_hosts, srs, tables
from mailwright.services.postfix.override_types import type_problems
from mailwright.services.postfix.restrictions import mua_restrictions, smtpd_restrictions
from mailwright.templating.templates import Templates


def has_submission(mailserver: Mailserver) -> bool:
    """Port 587 is open: asked for, and Dovecot is there to check logins."""
    return mailserver.settings.enable_submission and not mailserver.settings.smtp_only


def has_submissions(mailserver: Mailserver) -> bool:
    """Port 465 is open: asked for, and Dovecot is there to check logins."""
    return mailserver.settings.enable_submissions and not mailserver.settings.smtp_only


SMTP = Port("smtp", 25, "by choice", "mail from other servers, for our domains only", "", lambda _: True, "220 ")
SUBMISSION = Port(
    "submission", 587, "STARTTLS", "sending by users, with a login", "ENABLE_SUBMISSION", has_submission, "220 "
)
SUBMISSIONS = Port(
    "submissions", 465, "TLS", "sending by users, with a login", "ENABLE_SUBMISSIONS", has_submissions, "220 "
)


def program(mailserver: Mailserver) -> Program:
    """Postfix in the foreground, once the sockets of Dovecot are there (if there is one), and soon after Rspamd's."""
    settings = mailserver.settings
    wait_for = [] if settings.smtp_only else [sockets.LMTP, sockets.AUTH]
    wait_for += [f"{sockets.MILTER}?"] if settings.enable_rspamd else []
    wait_for += [f"{sockets.MTA_STS}?"] if settings.enable_mta_sts else []
    return Program(" ".join(["/usr/lib/mailwright/postfix-foreground", *wait_for]), stopwait=12)


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """Everything below /etc/postfix."""
    templates = Templates(mailserver.templates)
    context = _context(mailserver, etc)
    yield _main_cf(mailserver, templates.render("postfix/main.cf.j2", **context))
    master = templates.render("postfix/master.cf.j2", **context)
    options = master_cf.behind_postscreen(mailserver.overrides.master, master)
    yield _file("master.cf", master_cf.with_options(master, options))
    yield _file("postscreen_access", postscreen.postscreen_access(mailserver))
    yield _file("openssl.cnf", templates.render("postfix/openssl.cnf.j2", **context))
    if has_submission(mailserver) or has_submissions(mailserver):
        yield _file("sender_header_filter", templates.render("postfix/sender_header_filter.j2", **context))
    yield from _tables(mailserver)
    yield from relay_hosts.files(mailserver)
    yield from srs.files(mailserver)
    yield _aliases(mailserver)
    if mailserver.directory.regexp:
        regexp = mailserver.directory.regexp
        yield _file("regexp", regexp.text, spans=(Span(1, regexp.name),))
        yield _file("sub_addresses", tables.sub_addresses(mailserver, "${1}"))
        yield _file("sub_senders", tables.sub_addresses(mailserver, "${2}${3}"))


@remembered  # the check of a staged tree and the tree itself have the same tables
def _tables(mailserver: Mailserver) -> tuple[File, ...]:
    """The tables of accounts and aliases, and of who may not send or receive."""
    directory = mailserver.directory
    live = {
        "mailboxes": tables.mailboxes(mailserver),
        "virtual": tables.virtual(mailserver),
        "senders": tables.senders(mailserver),
    }
    if directory.refused_senders:
        live["send_access"] = tables.refusals(directory.refused_senders)
    if directory.refused_recipients:
        live["receive_access"] = tables.refusals(directory.refused_recipients)
    return (
        # Postfix's long-lived programs look for new tables now and then; a new domain must be known at once, or its
        # mail is taken for somebody else's.
        _file("domains", tables.table(tables.domains(mailserver)), compile="postmap"),
        *(_file(name, tables.table(it), effect=Effect.NOTHING, compile="postmap") for name, it in live.items()),
    )


def _context(mailserver: Mailserver, etc: str) -> dict[str, object]:
    settings = mailserver.settings
    has_logins = has_submission(mailserver) or has_submissions(mailserver)
    default_transport, relayhost = relay_hosts.default(mailserver.relaying)
    return {
        "settings": settings,
        "etc": etc,
        "paths": paths,
        "sockets": sockets,
        "hostname": mailserver.hostname,
        "domain": mailserver.domain,
        "submission": has_submission(mailserver),
        "submissions": has_submissions(mailserver),
        "mydestination": tables.mydestination(mailserver),
        "mynetworks": mailserver.mynetworks,
        "dnsbl_sites": postscreen.DNSBL_SITES,
        "dnsbl_threshold": postscreen.DNSBL_THRESHOLD,
        "client_event_limit_exceptions": postscreen.client_event_limit_exceptions(mailserver),
        "has_quotas": mailserver.has_quotas,
        "regexp": mailserver.directory.regexp is not None,
        "virtual_transport": settings.postfix_dagent or f"lmtp:unix:{sockets.LMTP}",
        "spoof_protection": settings.spoof_protection,
        # A list that nobody uses would be an "unused parameter".
        "restrictions": smtpd_restrictions(mailserver, etc) | (mua_restrictions(mailserver, etc) if has_logins else {}),
        "relayhost": relayhost,
        "default_transport": default_transport,
        "relay_senders": relay_hosts.SENDERS if mailserver.relaying.senders else "",
        "relay_transports": relay_hosts.transports(mailserver.relaying),
        "smtpd_tls_security_level": mailserver.smtpd_tls_security_level,
        "certificates": mailserver.certificate_prefixes,
        **srs.context(mailserver, etc),
        "tls_ciphers": ciphers.tls_ciphers(settings.tls_level),
        "tls_groups": ciphers.GROUPS,
        "tls_signatures": ciphers.SIGNATURES,
    }


def _main_cf(mailserver: Mailserver, rendered: str) -> File:
    """main.cf: our part without what the operator names, then the operator's file as it is."""
    override = mailserver.overrides.main_file
    if not override:
        return _file("main.cf", rendered)
    ours = main_cf.without(rendered, mailserver.overrides.main, override)
    banner = f"\n### {MAIN} of the config folder\n"
    first = (ours + banner).count("\n") + 1
    text = override.text if override.text.endswith("\n") else override.text + "\n"
    return _file("main.cf", ours + banner + text, spans=(Span(first, MAIN),))


def _aliases(mailserver: Mailserver) -> File:
    text = tables.local_aliases(mailserver)
    local = mailserver.directory.local
    first = text.count("\n") - local.text.count("\n") + 1 if local else 0
    spans = (Span(first, local.name),) if local else ()
    return _file("aliases", text, effect=Effect.NOTHING, compile="postalias", spans=spans)


def _file(name: str, content: str, **more: object) -> File:
    return File(f"postfix/{name}", content, "postfix", **more)  # type: ignore[arg-type]


POSTFIX = Service(
    name="postfix",
    summary="MTA: takes mail on smtp and submission(s), hands ours to Dovecot over LMTP and the rest to its MX",
    files=files,
    program=program,
    reload=Reload(
        ("/usr/lib/mailwright/postfix-reload",),
        ("postfix/main.cf",),
        # postconf(5): "you need to stop and start Postfix when this parameter changes"; the last two hold its state.
        ("inet_interfaces", "inet_protocols", "queue_directory", "data_directory"),
    ),
    checks=(
        Check(("postconf", "-c", "{etc}/postfix", "-n"), mild=("will be removed",)),
        Check(("postconf", "-c", "{etc}/postfix", "-M")),
        Check(("postconf", "-c", "{etc}/postfix", "-d"), judge=type_problems),
        Check(("postconf", "-c", "{etc}/postfix", "-P"), mild=("will be removed",)),
    ),
    ports=(SMTP, SUBMISSION, SUBMISSIONS),
)
