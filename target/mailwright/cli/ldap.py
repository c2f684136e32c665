"""setup ldap: the directory of accounts (ACCOUNT_PROVISIONER=LDAP)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import click

from mailwright.apply.editing import RefusedError, config_folder
from mailwright.cli import edits, output
from mailwright.cli.arguments import RECIPIENT
from mailwright.cli.lazy import Group
from mailwright.cli.output import example
from mailwright.core.problems import Exit, errors
from mailwright.formats.dovecot_attributes import filled, filter_value
from mailwright.host.commands import run
from mailwright.host.read import Places, read
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.provisioners import ldap as provisioners
from mailwright.model.provisioners.provisioner import PostfixTable

MEANINGS = {
    "ldap-domains": "its domain is one of ours",
    "ldap-users": "its mailbox",
    "ldap-own": "a mailbox gets its own mail",
    "ldap-aliases": "an alias of",
    "ldap-groups": "a group of",
    "ldap-senders": "accounts that may send with it",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a daemon answered to a look-up; ``failed`` if it could not look."""

    text: str
    failed: bool = False


@click.group("ldap", cls=Group)
def ldap() -> None:
    """Look at the directory of accounts."""


@ldap.command(**example("setup ldap test me@example.com"))
@click.argument("address", type=RECIPIENT)
@edits.refusals
def test(address: str) -> None:
    """Print each query about ADDRESS, its filter filled in, and the directory's answer."""
    chosen = _provisioner()
    output.say(f"asks {chosen.place} below {chosen.server.base} as {chosen.server.bind_dn or 'nobody'}")
    failed = False
    for table in (table for table in chosen.tables if table.name in MEANINGS):
        key = address.rpartition("@")[2] if table.name == "ldap-domains" else address
        answer = _postfix(table, key)
        _print(MEANINGS[table.name], table.name, _query(table, key), answer)
        failed |= answer.failed
    if chosen.fixed_domains:
        known = address.rpartition("@")[2] in chosen.fixed_domains
        output.say(f"{MEANINGS['ldap-domains']}: {'yes' if known else 'no'} (LDAP_DOMAINS)")
    user = _dovecot(address)
    _print("its account (IMAP, delivery)", "dovecot", filled(chosen.accounts.user_filter, address), user)
    same = chosen.accounts.pass_filter == chosen.accounts.user_filter
    way = "the directory tries the password" if not chosen.accounts.password else "its hash is compared"
    output.say(f"its login: {'the same filter' if same else filled(chosen.accounts.pass_filter, address)}; {way}")
    if failed or user.failed:
        raise SystemExit(Exit.FINDINGS)


def _print(meaning: str, name: str, query: str, answer: Answer) -> None:
    output.say(f"{name}: {query}")
    output.say(f"  {meaning}: {answer.text}", "error" if answer.failed else "")


def _provisioner() -> provisioners.LdapProvisioner:
    """LDAP as the settings have it; RefusedError if it is not chosen, or with what is wrong with it."""
    reading = read(Places(config_folder()), os.environ)
    if reading.settings.account_provisioner != "LDAP":
        kind = reading.settings.account_provisioner
        raise RefusedError(f"accounts are not in a directory: ACCOUNT_PROVISIONER is {kind}")
    value, problems = provisioners.provisioner(reading, ConfigFolder(reading.sources.config))
    if wrong := errors([*reading.variables.problems, *problems]):
        raise RefusedError("\n".join(map(str, wrong)))
    return value


def _query(table: PostfixTable, key: str) -> str:
    """The table's filter as the directory gets it (ldap_table(5))."""
    local, at, domain = key.rpartition("@")
    parts = {"s": key, "u": local if at else key, "d": domain if at else "", "%": "%"}
    text = dict(table.parameters)["query_filter"]
    for letter, value in parts.items():
        text = text.replace(f"%{letter}", "%" if letter == "%" else filter_value(value))
    return text


def _postfix(table: PostfixTable, key: str) -> Answer:
    """What Postfix finds in the table."""
    done = run(("/usr/sbin/postmap", "-q", key, table.map("/etc")))
    if done:
        found = list(dict.fromkeys(done.output.strip().split(",")))
        return Answer("yes" if table.name == "ldap-domains" else ", ".join(found))
    return (
        Answer("no entry") if not done.errors.strip() else Answer("no answer; see the log for the reason", failed=True)
    )


def _dovecot(address: str) -> Answer:
    """The fields of the user, as Dovecot finds it."""
    done = run(("/usr/bin/doveadm", "user", address))
    if done:
        return Answer(", ".join(_fields(done.output)))
    no_entry = done.code == os.EX_NOUSER
    return Answer("no entry") if no_entry else Answer("no answer; see the log for the reason", failed=True)


def _fields(listed: str) -> Iterator[str]:
    for line in listed.splitlines()[1:]:
        name, _, value = line.partition("\t")
        yield f"{name.rpartition('/')[2]}={value}"
