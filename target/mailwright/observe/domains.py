"""Our mail domains, as far as they can be listed: also those that have aliases only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from mailwright.core import paths, values
from mailwright.formats.sql_lookups import Lookups, lookups
from mailwright.host.commands import run
from mailwright.host.sql_connection import UnavailableError, connect
from mailwright.model.mailserver import Mailserver
from mailwright.model.provisioners.ldap import LdapProvisioner
from mailwright.model.provisioners.provisioner import PostfixTable
from mailwright.model.provisioners.sql import SqlProvisioner
from mailwright.model.provisioners.sql_queries import ALIASES, DOMAINS
from mailwright.observe import accounts

FIXED = re.compile(r"([A-Za-z0-9.-]+)=ours")  # of LDAP_DOMAINS


@dataclass(frozen=True, slots=True)
class Domains:
    """The domains, sorted, and why some may be missing."""

    names: tuple[str, ...] = ()
    missing: str = ""


def domains(mailserver: Mailserver) -> Domains:
    """Our domains: those that the configuration knows, or those that the database or the directory lists."""
    provisioner = mailserver.provisioner
    if provisioner.can_list:
        return Domains(tuple(sorted(mailserver.directory.domains)))
    users, listed = accounts.users(), Domains()
    if isinstance(provisioner, SqlProvisioner):
        listed = of_database(provisioner.lookups)
    elif isinstance(provisioner, LdapProvisioner):
        fixed = provisioner.fixed_domains
        listed = Domains(fixed) if fixed else of_directory(provisioner.by_kind["domains"])
    missing = listed.missing or ("" if users is not None else f"{provisioner.place} does not answer")
    return Domains(_sorted([*listed.names, *_of_addresses(users or ())]), missing)


def running(users: Sequence[str] | None, etc: Path) -> Domains:
    """The domains of the running server, whose accounts are not in files, and are ``users``."""
    table, database, listed = etc / "postfix/ldap-domains.cf", etc / paths.SQL_LOOKUPS, Domains()
    if database.exists():
        listed = of_database(lookups(database.read_text(encoding="utf-8")))
    elif table.exists():
        listed = of_directory(accounts.table(table))
    else:
        fixed = run(("/usr/sbin/postconf", "-hx", "virtual_mailbox_domains")).output
        listed = Domains(tuple(FIXED.findall(fixed)))
    missing = listed.missing or ("" if users is not None else "the accounts are not listed")
    return Domains(_sorted([*listed.names, *_of_addresses(users or ())]), missing)


def aliases(etc: Path) -> int | None:
    """How many aliases our own tables have; None if that is not known."""
    database = etc / paths.SQL_LOOKUPS
    if not database.exists() or "app_passwords" not in (known := lookups(database.read_text(encoding="utf-8"))).queries:
        return None
    with suppress(UnavailableError), closing(connect(known.database)) as connection:
        return int(str(connection.rows(ALIASES, {})[0][0]))
    return None


def of_database(known: Lookups) -> Domains:
    """The domains of our own tables."""
    if "app_passwords" not in known.queries:
        return Domains(missing="SQL_QUERY_… cannot list domains without accounts")
    try:
        with closing(connect(known.database)) as connection:
            return Domains(_sorted(accounts.word(name) for (name,) in connection.rows(DOMAINS, {})))
    except UnavailableError as error:
        return Domains(missing=f"{known.database.place}: {error}")


def of_directory(asked: PostfixTable) -> Domains:
    """The domains of all entries that the look-up of domains would find."""
    if not accounts.of_any(dict(asked.parameters)["query_filter"])[0]:
        return Domains(missing="LDAP_QUERY_FILTER_DOMAIN names no attribute that has the domain")
    try:
        return Domains(_sorted(_of_addresses(accounts.of_directory(asked))))
    except accounts.UnlistedError as error:
        return Domains(missing=str(error))


def _of_addresses(addresses: Iterable[str]) -> Iterator[str]:
    return (address.strip().rpartition("@")[2].lower() for address in addresses)


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    """Those of ``names`` that are domains."""
    found = set()
    for name in set(names):
        try:
            found.add(values.domain(name))
        except ValueError:
            continue
    return tuple(sorted(found))
