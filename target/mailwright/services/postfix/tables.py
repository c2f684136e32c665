"""Postfix's look-up tables: domains, mailboxes, aliases and senders (virtual(5), postmap(1))."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from mailwright.core.memo import remembered
from mailwright.formats.access import Refusal
from mailwright.formats.aliases import Alias
from mailwright.model import sender_logins
from mailwright.model.mailserver import Mailserver
from mailwright.model.sni import asked_by
from mailwright.templating.templates import lines

Row = tuple[str, str]


def lmdb(name: str, etc: str) -> str:
    """The compiled table ``name`` of ours, as Postfix's parameters name it (DATABASE_README)."""
    return f"lmdb:{etc}/postfix/{name}"


def table(rows: Iterable[Row]) -> str:
    """``rows`` as the text that postmap(1) compiles."""
    return lines([f"{key} {value}" for key, value in rows])


def domains(mailserver: Mailserver) -> Iterator[Row]:
    """virtual_mailbox_domains: every domain whose mail is accepted."""
    yield from ((domain, "ours") for domain in sorted(mail_domains(mailserver)))


def mail_domains(mailserver: Mailserver) -> frozenset[str]:
    """The virtual mailbox domains."""
    return mailserver.mail_domains


def delivers(mailserver: Mailserver) -> bool:
    """Whether there is an MDA to deliver to."""
    return mailserver.delivers


def mailboxes(mailserver: Mailserver) -> Iterator[Row]:
    """virtual_mailbox_maps: every account; Postfix also reads it as the account's own alias and own sender."""
    if delivers(mailserver):
        yield from ((account.address, account.address) for account in mailserver.directory.accounts)


def virtual(mailserver: Mailserver) -> tuple[Row, ...]:
    """virtual_alias_maps. Postfix reads the mailboxes next, so no catch-all or pattern gets their mail."""
    return _virtual(mailserver.directory.aliases, tuple(sender_logins.implied(mailserver)))


@remembered
def _virtual(aliases: tuple[Alias, ...], implied: tuple[Alias, ...]) -> tuple[Row, ...]:
    return tuple((alias.name, ", ".join(alias.targets)) for alias in (*aliases, *implied))


def sub_addresses(mailserver: Mailserver) -> str:
    """A pcre_table(5): user+anything@ of each mailbox and alias goes where mail for user@ goes, with the extension."""
    accounts = [str(account.address) for account in mailserver.directory.accounts]
    rows: dict[str, tuple[str, ...]] = {address: (address,) for address in accounts}
    rows |= {alias.name: tuple(alias.targets) for alias in _plain_aliases(mailserver)}
    return _before_patterns({name: ", ".join(map(_extended, targets)) for name, targets in rows.items()})


def sub_senders(mailserver: Mailserver) -> str:
    """A pcre_table(5): the logins that may send as user+anything@ are those that may send as user@."""
    rows = {str(account.address): str(account.address) for account in mailserver.directory.accounts}
    rows |= {alias: ",".join(logins) for alias, logins in sender_logins.aliases(mailserver)}
    return _before_patterns({name: _literal(logins) for name, logins in rows.items() if not name.startswith("@")})


def _plain_aliases(mailserver: Mailserver) -> Iterator[Alias]:
    aliases = (*mailserver.directory.aliases, *sender_logins.implied(mailserver))
    yield from (alias for alias in aliases if not alias.name.startswith("@"))


def _before_patterns(rows: Mapping[str, str]) -> str:
    """A pcre_table(5) of sub-addresses → what the rows say; it stands before the operator's patterns.

    Postfix looks the whole address up in every table before it looks up the one without the extension, so that a
    pattern for any address would get the mail for sub-addresses.
    """
    addresses = (name.rpartition("@") for name in sorted(rows))
    known = ((local, domain, rows[f"{local}@{domain}"]) for local, _, domain in addresses if "+" not in local)
    lines = "".join(f"/^{_pattern(local)}(\\+[^@]*)@{_pattern(domain)}$/ {to}\n" for local, domain, to in known)
    return f"if /\\+[^@]*@/\n{lines}endif\n"


ATOM = r"[^][\x00-\x20\x7f-\xff()<>@,;:\\\".]+"


def patterns(text: str) -> str:
    """The operator's pcre_table(5), for addresses as they are written only.

    smtpd(8) looks ``"a b"@`` up without the quotes too, cleanup(8) does not: a pattern that matches only then would
    accept mail that bounces, to any sender a stranger has named.
    """
    return f'if /^("|{ATOM}(\\.{ATOM})*(@|$))/\n{text.rstrip()}\nendif\n'


def _extended(target: str) -> str:
    """The target with the extension as group 1, as Postfix propagates it (propagate_unmatched_extensions)."""
    local, _, domain = target.rpartition("@")
    return f"{_literal(local)}${{1}}@{_literal(domain)}" if local else _literal(target)


def _pattern(text: str) -> str:
    return re.escape(text).replace("/", "\\/")


def _literal(text: str) -> str:
    return text.replace("$", "$$")


def refusals(refused: Iterable[Refusal]) -> Iterator[Row]:
    """An access(5) table: address → the action that refuses its mail."""
    yield from ((refusal.address, refusal.action) for refusal in refused)


def senders(mailserver: Mailserver) -> Iterator[Row]:
    """smtpd_sender_login_maps: alias → the logins that may send with it: those that receive its mail."""
    yield from ((alias, ",".join(logins)) for alias, logins in sender_logins.aliases(mailserver))


def local_aliases(mailserver: Mailserver) -> str:
    """alias_maps (aliases(5)): root and postmaster of the host itself, then the operator's."""
    own = {"postmaster": mailserver.postmaster, "root": mailserver.postmaster}
    text = "".join(f"{name}: {to}\n" for name, to in own.items() if name not in mailserver.directory.local_names)
    return text + (mailserver.directory.local.text if mailserver.directory.local else "")


def mydestination(mailserver: Mailserver) -> tuple[str, ...]:
    """The host's own names without virtual mailbox domains: Postfix allows a name in one class only."""
    # Without a list of our domains the host's name might be one of them, as in docker-mailserver.
    host = (mailserver.hostname,) if mailserver.provisioner.can_list else ()
    names = (*host, f"localhost.{mailserver.domain}", "localhost")
    return tuple(name for name in names if name not in mail_domains(mailserver))


def sni(mailserver: Mailserver, etc: str) -> Iterator[str]:
    """Rows of tls_server_sni_maps: a name that clients ask for, and the files with its key and chain.

    The server's own names are there too, else each client that asks by one would be logged as "not matched".
    """
    own = [f"{etc}/dms/tls/{prefix}{part}" for prefix in mailserver.certificate_prefixes for part in ("key", "cert")]
    files = {name: own for certificate in mailserver.certificates for name in asked_by(certificate)}
    files[mailserver.hostname] = own
    for one in mailserver.sni:
        pair = [f"{etc}/dms/tls/sni/{one.name}.{part}" for part in ("key", "cert")]
        files |= dict.fromkeys(one.answers, pair)
    yield from (f"{name.removeprefix('*')} {' '.join(paths)}" for name, paths in files.items())
