"""Which logins may send as which alias: those that receive its mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mailwright.formats.aliases import Alias
from mailwright.model.mailserver import Mailserver


def aliases(mailserver: Mailserver) -> Iterator[tuple[str, Sequence[str]]]:
    """Each alias that reaches an account, and those accounts. An account itself needs no line."""
    directory, plain = mailserver.directory, mailserver.directory.expansion.plain
    for alias in (*directory.aliases, *implied(mailserver)):
        name = alias.name
        if len(alias.targets) == 1 and name in plain:
            yield name, (alias.targets[0].lower(),)
            continue
        # A catch-all has the owners of an address that does not exist.
        owners = directory.expansion.owners(name if not name.startswith("@") else f"\0{name}")
        if name in directory.expansion.mailboxes:
            owners = sorted({*owners, name})
        if owners:
            yield name, owners


def implied(mailserver: Mailserver) -> list[Alias]:
    """The aliases that stand in no file and whose domain is ours."""
    known = mailserver.mail_domains if mailserver.provisioner.can_list else {mailserver.hostname}
    return [alias for alias in mailserver.directory.implied if alias.domain in known]


def other_domains(rows: Iterable[tuple[str, Sequence[str]]]) -> Iterator[tuple[str, str]]:
    """Each login of ``rows`` with a domain that is not its own and in which it has an alias."""
    seen: set[tuple[str, str]] = set()
    for alias, logins in rows:
        domain = alias.rpartition("@")[2]
        seen.update((login, domain) for login in logins if not login.endswith(f"@{domain}"))
    yield from sorted(seen)


def mailboxes_beside_catch_alls(mailserver: Mailserver) -> Iterator[str]:
    """The accounts in domains with a catch-all: the catch-all's owner may not send as these."""
    domains = {alias.domain for alias in mailserver.directory.aliases if alias.name.startswith("@")}
    if domains:
        addresses = (account.address for account in mailserver.directory.accounts)
        yield from (address for address in addresses if address.rpartition("@")[2] in domains)
