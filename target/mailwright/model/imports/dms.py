"""docker-mailserver: its config folder, whose files have our names → what was Found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mailwright.core.problems import Problem, errors
from mailwright.core.textfile import TextFile, decode
from mailwright.formats import access, accounts, aliases, master_users, quotas, relay_hosts
from mailwright.formats.dkim_keys import FOLDERS, signing_keys
from mailwright.model.config_folder import DEEP_FOLDERS, PROGRAM_FOLDERS
from mailwright.model.imports.found import (
    ACCOUNTS,
    ALIASES,
    LOGINS,
    MASTERS,
    QUOTAS,
    RECEIVE,
    RELAYS,
    SEND,
    Found,
    NotOursError,
    written,
)

SIEVE = ".dovecot.sieve"
PATTERNS = "postfix-regexp.cf"
FIELDS = "they may let in anybody, or lead to any folder; add them by hand to postfix-accounts.cf, after a second |"
FOLDERS_READ = (*DEEP_FOLDERS, *PROGRAM_FOLDERS)  # each file in them has a name of its own
OVERRIDE = "configures a daemon; copy it by hand, and run: mailwright check"
FETCHING = "brings mail from other servers; copy it by hand, and set"
OTHER = "is not taken over; copy it by hand if you need it"
# How names of files that stay behind begin, with the reason.
BEHIND = {
    "postfix-main.cf": OVERRIDE,
    "postfix-master.cf": OVERRIDE,
    "dovecot.cf": OVERRIDE,
    "user-patches.sh": OVERRIDE,
    "fail2ban-jail.cf": OVERRIDE,
    "fail2ban-fail2ban.cf": OVERRIDE,
    "rspamd/custom-commands.conf": OVERRIDE,
    "rspamd/override.d/": OVERRIDE,
    "sieve-pipe/": OVERRIDE,
    "sieve-filter/": OVERRIDE,
    "ssl/": OVERRIDE,
    "postfix-aliases.cf": "names local users of the host; copy it by hand if you need it",
    "before.dovecot.sieve": "is for all accounts; copy it by hand",
    "after.dovecot.sieve": "is for all accounts; copy it by hand",
    "ldap-": "accounts in a directory are not in this folder",
    "fetchmail.cf": f"{FETCHING} ENABLE_FETCHMAIL=1",
    "getmail": f"{FETCHING} ENABLE_GETMAIL=1",
    "opendkim/": "is not read: each domain signs with its own keys",
    "amavis.cf": "Rspamd replaces Amavis",
    "spamassassin-rules.cf": "Rspamd replaces SpamAssassin",
    "dhparams.pem": "is not used: TLS has the group ffdhe4096 of RFC 7919",
    "mailserver.env": "has settings; compare it with: mailwright check --env-file",
}
COPY = (
    "# As root; OLD and NEW are the mail folders of both servers, which have the same form:",
    "rsync -a --chown=5000:5000 OLD/ NEW/",
)
Parsed = tuple[Any, list[Problem]]  # the list of what a parser of formats/ makes


def found(files: Mapping[str, bytes]) -> Found:
    """What the files (path below the folder → content) have; NotOursError if one has a mistake."""
    if not any(name.startswith(("postfix-", "dovecot-")) for name in files):
        raise NotOursError(
            "has no postfix-accounts.cf: name docker-mailserver's config folder (docker-data/dms/config)"
        )
    result, problems = Found("dms"), list[Problem]()
    rows: dict[str, tuple[Callable[[TextFile], Parsed], Callable[[Any], tuple[str, str]]]] = {
        ACCOUNTS: (accounts.accounts, lambda one: (str(one.address), one.password_hash)),
        ALIASES: (aliases.aliases, lambda one: (one.name, ",".join(one.targets))),
        QUOTAS: (quotas.quotas, lambda one: (str(one.address), written(one.limit))),
        SEND: (access.refusals, lambda one: (one.address, one.action)),
        RECEIVE: (access.refusals, lambda one: (one.address, one.action)),
        RELAYS: (relay_hosts.relays, lambda one: (one.sender, str(one.hop or ""))),
        MASTERS: (master_users.masters, lambda one: (one.name.lower(), one.password_hash)),
        LOGINS: (relay_hosts.logins, lambda one: (str(one.key), one.text)),
    }
    for name, (parser, row) in rows.items():
        for one in _parsed(files, name, parser, problems):
            key, rest = row(one)
            result.rows[name][key] = rest
            if name == ACCOUNTS and one.extra:
                result.leave("fields of account", key, FIELDS)
    _patterns(result, _text(files, PATTERNS, problems))
    _others(result, files, problems)
    if wrong := errors(problems):
        raise NotOursError("\n".join(str(problem) for problem in wrong))
    return result


def _patterns(result: Found, file: TextFile) -> None:
    """The rows of regexp aliases, of which each stands alone."""
    rows = [row for _, row in file.rows()]
    if any(row.lower().startswith(("if ", "if/", "if!", "endif")) for row in rows):
        result.leave("file", PATTERNS, "has if and endif; copy it by hand")
    else:
        result.patterns += rows


def _parsed(
    files: Mapping[str, bytes], name: str, parser: Callable[[TextFile], Parsed], problems: list[Problem]
) -> Iterable[Any]:
    found_rows, wrong = parser(_text(files, name, problems))
    problems += wrong
    parsed: Iterable[Any] = found_rows
    return parsed


def _text(files: Mapping[str, bytes], name: str, problems: list[Problem]) -> TextFile:
    text, wrong = decode(name, files.get(name, b""))
    problems += wrong
    return text


def _others(result: Found, files: Mapping[str, bytes], problems: list[Problem]) -> None:
    """Sieve scripts of accounts, DKIM keys, and what stays behind."""
    keys = {path: content for path, content in files.items() if path.startswith(FOLDERS)}
    parsed, wrong = signing_keys(keys, result.domains)
    problems += wrong
    for key in parsed:
        if key.stage == "signing":
            result.key(key.domain, key.selector, key.private)
        else:
            result.leave("DKIM key", key.name, f"does not sign there (stage {key.stage})")
    for name, content in files.items():
        address = name.removesuffix(SIEVE)
        if name.endswith(SIEVE) and address in result.rows[ACCOUNTS]:
            result.sieve(address, content.decode("utf-8", "replace"))
        elif name not in (*result.rows, *FOLDERS_READ, PATTERNS) and not name.startswith(FOLDERS):
            reasons = (reason for start, reason in BEHIND.items() if f"{name}/".startswith(start))
            result.leave("file", name, next(reasons, OTHER))
