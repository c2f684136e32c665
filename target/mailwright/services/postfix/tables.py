"""Postfix's look-up tables: which domains, mailboxes, aliases and senders there are (virtual(5), postmap(1))."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mailwright.core.memo import remembered
from mailwright.formats.access import Refusal
from mailwright.formats.aliases import Alias
from mailwright.model.mailserver import Mailserver
from mailwright.templating.templates import lines

Row = tuple[str, str]


def lmdb(name: str, etc: str) -> str:
    """The compiled table ``name`` of ours, as Postfix's parameters name it (DATABASE_README)."""
    return f"lmdb:{etc}/postfix/{name}"


def table(rows: Iterable[Row]) -> str:
    """``rows`` as the text that postmap(1) compiles."""
    return lines([f"{key} {value}" for key, value in rows])


def domains(mailserver: Mailserver) -> Iterator[Row]:
    """virtual_mailbox_domains: every domain whose mail we take."""
    yield from ((domain, "ours") for domain in sorted(mail_domains(mailserver)))


def mail_domains(mailserver: Mailserver) -> frozenset[str]:
    """The virtual mailbox domains."""
    return mailserver.mail_domains


def delivers(mailserver: Mailserver) -> bool:
    """Whether there is an MDA to deliver to."""
    return mailserver.delivers


def mailboxes(mailserver: Mailserver) -> Iterator[Row]:
    """virtual_mailbox_maps: every account, which is also its own target and the owner of its address."""
    if delivers(mailserver):
        yield from ((account.address, account.address) for account in mailserver.directory.accounts)


def virtual(mailserver: Mailserver) -> tuple[Row, ...]:
    """virtual_alias_maps. The mailboxes are asked next, so that neither a catch-all nor a pattern takes their mail."""
    return _virtual(mailserver.directory.aliases, tuple(_implied(mailserver)))


@remembered
def _virtual(aliases: tuple[Alias, ...], implied: tuple[Alias, ...]) -> tuple[Row, ...]:
    return tuple((alias.name, ", ".join(alias.targets)) for alias in (*aliases, *implied))


def sub_addresses(mailserver: Mailserver, replacement: str) -> str:
    """A pcre_table(5) that keeps user+anything@ of a mailbox from the operator's patterns.

    Postfix asks every table for the whole address before it asks for the one without the extension. Groups are the
    whole address, the user, and @domain.
    """
    addresses = sorted(account.address for account in mailserver.directory.accounts)
    return "".join(
        f"/^(({re.escape(address.local)})\\+[^@]*(@{re.escape(address.domain)}))$/ {replacement}\n"
        for address in addresses
    )


def refusals(refused: Iterable[Refusal]) -> Iterator[Row]:
    """An access(5) table: address → how its mail is refused."""
    yield from ((refusal.address, refusal.action) for refusal in refused)


def senders(mailserver: Mailserver) -> Iterator[Row]:
    """smtpd_sender_login_maps: alias → the logins that may use it, those that mail to it reaches."""
    directory, plain = mailserver.directory, mailserver.directory.expansion.plain
    for alias in (*directory.aliases, *_implied(mailserver)):
        name = alias.name
        if len(alias.targets) == 1 and name in plain:
            yield name, alias.targets[0].lower()
            continue
        # A catch-all's owner is asked for with a local part that nobody has.
        owners = directory.expansion.owners(name if not name.startswith("@") else f"\0{name}")
        if name in directory.expansion.mailboxes:
            owners = sorted({*owners, name})
        if owners:
            yield name, ",".join(owners)


def _implied(mailserver: Mailserver) -> list[Alias]:
    ours = mail_domains(mailserver)
    return [alias for alias in mailserver.directory.implied if alias.domain in ours]


def local_aliases(mailserver: Mailserver) -> str:
    """alias_maps (aliases(5)): root and postmaster of the host itself, then the operator's."""
    own = {"postmaster": mailserver.postmaster, "root": mailserver.postmaster}
    text = "".join(f"{name}: {to}\n" for name, to in own.items() if name not in mailserver.directory.local_names)
    return text + (mailserver.directory.local.text if mailserver.directory.local else "")


def mydestination(mailserver: Mailserver) -> tuple[str, ...]:
    """The host's own names, where they are no virtual domain: one name can't be both."""
    names = (mailserver.hostname, f"localhost.{mailserver.domain}", "localhost")
    return tuple(name for name in names if name not in mail_domains(mailserver))
