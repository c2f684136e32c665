"""Mailu: what ``flask mailu config-export`` or its database has, and its DKIM keys → what was Found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mailwright.model.imports.found import Found, NotOursError, is_on

EXPORT = (
    "make it with: docker compose exec -T admin flask mailu config-export --full --secrets --dns --json > mailu.json"
)
DEFAULT_QUOTA = 10**9  # of an account that the export has none for
SELECTOR = "dkim"  # of a key that came without its name
HIDDEN = "<hidden>"
# Table → columns, of the database.
WANTED: Mapping[str, tuple[str, ...]] = {
    "domain": ("name",),
    "alternative": ("name", "domain_name"),
    "user": (
        *("email", "password", "quota_bytes", "enabled", "enable_imap", "enable_pop", "allow_spoofing"),
        *("forward_enabled", "forward_destination", "forward_keep", "reply_enabled"),
    ),
    "alias": ("email", "destination", "wildcard"),
    "relay": ("name", "smtp"),
    "token": ("user_email", "comment"),
    "fetch": ("user_email", "host"),
}
NEEDED: Mapping[str, tuple[str, ...]] = {"user": ("email", "password"), "alias": ("email", "destination")}
RECORD = re.compile(r"([A-Za-z0-9._-]+)\._domainkey\.", re.ASCII)
COPY = (
    "# As root in Mailu's folder; NEW is the mail folder of this server (data/mail in compose.yaml):",
    "for box in mail/*@*; do",
    '  name=${box#mail/}; new="NEW/${name#*@}/${name%@*}"; mkdir -p "$new/home"',
    '  rsync -a --exclude=/sieve --exclude=/.dovecot.sieve "$box/" "$new/"',
    '  [ ! -d "$box/sieve" ] || cp -a "$box/sieve" "$box/.dovecot.sieve" "$new/home/"',
    "done; chown -R 5000:5000 NEW",
)
Item = Mapping[str, Any]


SAME = re.compile("%%+")  # means what % means, and takes Postfix much longer
# IDNA of 2008, which Mailu uses, and that of 2003, which Python has, differ in these.
DEVIANT = re.compile("[ßẞς\u200c\u200d]")


def _ascii(name: object) -> str:
    """An address or domain with its domain in the xn-- form; as it is if that is not known."""
    local, at, domain = str(name).rpartition("@")
    if domain.isascii() or DEVIANT.search(domain):
        return str(name)
    try:
        return f"{local}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        return str(name)


def from_export(text: str) -> Found:
    """What an export in JSON has; NotOursError if it is not one."""
    try:
        export = json.loads(text)
    except (ValueError, RecursionError):
        raise NotOursError(f"is not JSON; {EXPORT}") from None
    if not isinstance(export, dict) or not {"user", "domain"} & export.keys():
        raise NotOursError(f"is not an export of Mailu; {EXPORT}")
    parts = {name: _items(export, name) for name in ("domain", "user", "alias", "relay")}
    if any(user.get("password") in (None, HIDDEN) for user in parts["user"]):
        raise NotOursError(f"has no password hashes (--secrets); {EXPORT}")
    result = _found(parts)
    for domain in parts["domain"]:
        key = domain.get("dkim_key")
        if isinstance(key, list) and key:
            lines = "\n".join(str(line) for line in key)
            private = f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n"
            record = RECORD.match(str(domain.get("dns_dkim") or ""))
            result.key(_ascii(domain.get("name")), record[1] if record else SELECTOR, private)
    return result


def from_database(tables: Mapping[str, Sequence[Item]], keys: Mapping[str, str]) -> Found:
    """What the tables of main.db have, with the files of its folder dkim (name → text)."""
    users = {str(row["email"]): dict(row) for row in tables["user"]}
    domains = {str(row["name"]): dict(row) for row in tables["domain"]}
    for table, owners, key, name in (
        ("token", users, "user_email", "tokens"),
        ("fetch", users, "user_email", "fetches"),
        ("alternative", domains, "domain_name", "alternatives"),
    ):
        for row in tables.get(table, ()):
            if owner := owners.get(str(row[key])):
                owner.setdefault(name, []).append(row)
    parts = {"user": list(users.values()), "domain": list(domains.values())}
    result = _found({**parts, "alias": tables["alias"], "relay": tables.get("relay", ())})
    for file, text in keys.items():
        stem = file.removesuffix(".key")
        domain = max((one for one in domains if stem.startswith(f"{one}.")), key=len, default="")
        if domain:
            result.key(domain, stem[len(domain) + 1 :], text)
        else:
            result.leave("DKIM key", file, "is for a domain that the database does not have")
    return result


def _items(export: Item, name: str) -> list[Item]:
    items = export.get(name) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise NotOursError(f"has no list of {name}s; {EXPORT}")
    return items


def _found(parts: Mapping[str, Iterable[Item]]) -> Found:
    result = Found("mailu")
    for user in parts["user"]:
        _user(result, user)
    for domain in parts["domain"]:
        for other in _list(domain.get("alternatives")):
            name = _ascii(other.get("name") if isinstance(other, Mapping) else other)
            result.alias(f"@{name}", [f"@{_ascii(domain.get('name'))}"], "alternative domain")
    for alias in parts["alias"]:
        _alias(result, alias)
    for relay in parts["relay"]:
        reason = "its mail goes on to another server; Mailwright delivers to mailboxes only"
        result.leave("relay domain", relay.get("name"), reason)
    return result


def _user(result: Found, user: Item) -> None:
    address = result.account(
        _ascii(user.get("email")), str(user.get("password")), "" if is_on(user, "enabled") else "it is disabled there"
    )
    if not address:
        return
    quota = user.get("quota_bytes")
    result.quota(address, str(DEFAULT_QUOTA if quota is None else quota))
    if is_on(user, "forward_enabled", default=False):
        kept = [address] if is_on(user, "forward_keep") else []
        result.alias(address, [*map(_ascii, _list(user.get("forward_destination"))), *kept], "forward")
    for kind, name, reason in _behind(user):
        result.leave(kind, f"{address}{name}", reason)


def _behind(user: Item) -> Iterator[tuple[str, str, str]]:
    for protocol in ("imap", "pop"):
        if not is_on(user, f"enable_{protocol}"):
            yield "restriction", "", f"may not use {protocol} there; an account here may use each protocol"
    if is_on(user, "allow_spoofing", default=False):
        yield "permission to send", "", "may send as anybody there; see SPOOF_PROTECTION"
    if is_on(user, "reply_enabled", default=False):
        yield "automatic reply", "", "set it anew, by a mail program with ManageSieve or by ACCOUNT.dovecot.sieve"
    for token in _list(user.get("tokens")):
        name = token.get("comment") if isinstance(token, Mapping) else ""
        new = "make a new one: setup email app-password add ADDRESS NAME"
        yield "app password", f" → {name or ''}", f"its hash has a salt; {new}"
    for fetch in _list(user.get("fetches")):
        host = fetch.get("host") if isinstance(fetch, Mapping) else ""
        yield "fetched mailbox", f" → {host or ''}", "write it into fetchmail.cf, and set ENABLE_FETCHMAIL=1"


def _alias(result: Found, alias: Item) -> None:
    address, targets = _ascii(alias.get("email")), [_ascii(one) for one in _list(alias.get("destination"))]
    local, _, domain = address.rpartition("@")
    if not is_on(alias, "wildcard", default=False):
        result.alias(address, targets)
    elif local == "%":
        result.alias(f"@{domain}", targets, "catch-all")
    else:
        result.pattern(like(local), domain, targets)


def like(local: str) -> str:
    """SQL's LIKE as a regular expression: % is any text, _ one character."""
    return "".join({"%": ".*", "_": "."}.get(char) or re.escape(char) for char in SAME.sub("%", local.lower()))


def _list(value: object) -> list[Any]:
    """A list as JSON has it, or separated by commas as the database has it."""
    if isinstance(value, list):
        return value
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else []
