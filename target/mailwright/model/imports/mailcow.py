"""mailcow: its database as mysqldump(1) writes it, and the DKIM keys as redis-cli prints them → what was Found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mailwright.formats.mysql_dump import Dump, Row
from mailwright.formats.redis_hash import private_keys
from mailwright.model.imports import mailcow_behind
from mailwright.model.imports.found import ACCOUNTS, SEND, Found, NotOursError

DUMP = (
    "make it with: source mailcow.conf; docker compose exec -T mysql-mailcow mysqldump --default-character-set=utf8mb4 "
    "-u$DBUSER -p$DBPASS $DBNAME > mailcow.sql"
)
KEYS = 'source mailcow.conf; docker compose exec -T redis-mailcow redis-cli -a "$REDISPASS" HGETALL DKIM_PRIV_KEYS'
# Table → the columns that are read. Those of NEEDED are in each version that this reads.
WANTED: Mapping[str, tuple[str, ...]] = {
    "versions": ("application", "version"),
    "domain": ("domain", "relayhost", "backupmx", "active"),
    "mailbox": ("username", "password", "quota", "attributes", "kind", "authsource", "active"),
    "alias": ("address", "goto", "internal", "sender_allowed", "active"),
    "alias_domain": ("alias_domain", "target_domain", "active"),
    "spamalias": ("address", "goto", "permanent"),
    "relayhosts": ("id", "hostname", "username", "password", "active"),
    "sieve_filters": ("username", "script_name", "script_data", "filter_type"),
    **mailcow_behind.WANTED,
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "mailbox": ("username", "password", "quota", "active"),
    "alias": ("address", "goto", "active"),
    "domain": ("domain", "active"),
}
COPY = (
    "# mailcow encrypts stored mail, so its files are of no use here; IMAP reads them in clear. For each account, with",
    "# DOVECOT_MASTER_USER and DOVECOT_MASTER_PASS of mailcow.conf, where the mail server runs:",
    "doveadm -o imapc_host=OLD_SERVER -o imapc_port=993 -o imapc_ssl=imaps "
    "-o imapc_user='ADDRESS*MASTER_USER@mailcow.local' -o imapc_password=MASTER_PASS backup -R -u ADDRESS imapc:",
)
IDENTITY = "its password is kept by {}"


def found(dump: Dump, keys: str) -> Found:
    """What the dump and the text of the keys have; NotOursError says what is wrong with them."""
    tables: dict[str, list[Row]] = {name: [] for name in WANTED}
    result = Found("mailcow")
    for table, row in dump.rows(WANTED):
        if table == "mailbox":  # by far the largest beside alias; nothing of it is kept
            _mailbox(result, row, tables)
        else:
            tables[table].append(row)
    _refuse_foreign(dump, tables["versions"])
    disabled = {name for row in tables["domain"] if _off(row) for name in [_text(row, "domain")]}
    for domain in sorted(disabled):
        result.leave("domain", domain, "is inactive there; its accounts and aliases are left out")
    _aliases(result, tables, disabled)
    _relays(result, tables)
    _drop_domains(result, disabled)
    _scripts(result, tables["sieve_filters"])
    mailcow_behind.leave(result, tables)
    for name, private in private_keys(keys).items():
        _key(result, name, private, {_text(row, "domain") for row in tables["domain"]}, tables["alias_domain"])
    if not result.keys:
        result.leave("DKIM key", "all", f"none was given; put the output of this into dkim.txt beside the dump: {KEYS}")
    return result


def _refuse_foreign(dump: Dump, versions: Iterable[Row]) -> None:
    named = [_text(row, "version") for row in versions if _text(row, "application") == "db_schema"]
    version = f" of the schema {named[0][:40]}" if named else ""
    for table, columns in NEEDED.items():
        if table not in dump.columns:
            raise NotOursError(f"has no table {table}, so it is not a dump of mailcow's database; {DUMP}")
        if missing := [name for name in columns if name not in dump.columns[table]]:
            raise NotOursError(
                f"its table {table} has no column {missing[0]}: this version of mailcow{version} is not read"
            )


def _mailbox(result: Found, row: Row, tables: dict[str, list[Row]]) -> None:
    name, active = _text(row, "username"), _text(row, "active")
    if _text(row, "kind"):
        return result.leave("account", name, "is a resource of the calendar, not a mailbox")
    if active not in ("1", "2"):
        return result.leave("account", name, "is inactive there; add it with setup email add")
    source = _text(row, "authsource") or "mailcow"
    locked = "it may not log in there" if active == "2" else IDENTITY.format(source) if source != "mailcow" else ""
    address = result.account(name, _text(row, "password"), locked)
    if not address:
        return None
    result.quota(address, _text(row, "quota") or "0")
    attributes = _attributes(_text(row, "attributes"))
    if str(attributes.get("smtp_access", 1)) == "0":
        result.refuse(SEND, address)
    for protocol in ("imap", "pop3", "sieve"):
        if str(attributes.get(f"{protocol}_access", 1)) == "0":
            result.leave("restriction", address, f"may not use {protocol} there; an account here may use each protocol")
    if (relay := str(attributes.get("relayhost", "0"))) not in ("", "0"):
        tables["domain"].append({"domain": address, "relayhost": relay, "active": "1"})
    return None


def _attributes(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _drop_domains(result: Found, disabled: set[str]) -> None:
    for rows in result.rows.values():
        for name in [name for name in rows if name.rpartition("@")[2] in disabled]:
            del rows[name]
    result.locked = {name for name in result.locked if name.rpartition("@")[2] not in disabled}
    result.left = [one for one in result.left if one.name.rpartition("@")[2] not in disabled or one.kind == "domain"]


def _aliases(result: Found, tables: Mapping[str, list[Row]], disabled: set[str]) -> None:
    for row in tables["alias"]:
        address, to = _text(row, "address"), [word.strip() for word in _text(row, "goto").split(",") if word.strip()]
        if to == [address] or address.rpartition("@")[2].lower() in disabled:  # each mailbox has such a row
            continue
        if reason := _no_alias(row, to):
            result.leave("alias", address, reason)
            continue
        result.alias(address, to, "catch-all" if address.startswith("@") else "alias")
        if _text(row, "sender_allowed") == "0":
            result.leave("restriction", address, "nobody may send as it there; here those who receive its mail may")
    for row in tables["spamalias"]:
        if _text(row, "permanent") == "1":
            result.alias(_text(row, "address"), _text(row, "goto").split(","))
        else:
            result.leave("alias", _text(row, "address"), "is a temporary address")
    for row in tables["alias_domain"]:
        name, target = _text(row, "alias_domain"), _text(row, "target_domain")
        if _off(row) or target in disabled:
            result.leave("alias domain", name, "is inactive there")
        else:
            result.alias(f"@{name}", [f"@{target}"], "alias domain")


def _no_alias(row: Row, to: list[str]) -> str:
    """Why an alias stays behind."""
    if _off(row):
        return "is inactive there"
    if "null@localhost" in to:
        return "discards its mail there; no alias does that here. Without it, mail for it is refused"
    if {"spam@localhost", "ham@localhost"} & set(to):
        return "teaches the spam filter there; here move mail into or out of Junk (RSPAMD_LEARN)"
    if _text(row, "internal") == "1":
        return "takes mail only from users there; an alias here takes mail from everybody"
    return ""


def _relays(result: Found, tables: Mapping[str, list[Row]]) -> None:
    hosts = {_text(row, "id"): row for row in tables["relayhosts"]}
    for row in tables["domain"]:
        name, number = _text(row, "domain"), _text(row, "relayhost")
        if _text(row, "backupmx") == "1":
            result.leave(
                "relay domain", name, "its mail goes on to another server; Mailwright delivers to mailboxes only"
            )
        if number in ("", "0") or _off(row):
            continue
        host = hosts.get(number)
        if host is None or _off(host):
            result.leave("relay host", name, "is inactive or gone there")
            continue
        sender = name if "@" in name else f"@{name}"
        result.relay(sender, _text(host, "hostname"), _text(host, "username"), _text(host, "password"))


def _scripts(result: Found, rows: Iterable[Row]) -> None:
    for row in rows:
        address = _text(row, "username").lower()
        if _text(row, "script_name") != "active":
            continue
        if _text(row, "filter_type") != "prefilter":
            reason = "runs after the user's own script there; add it to that script"
            result.leave("Sieve script", f"{address} (postfilter)", reason)
        elif address in result.rows[ACCOUNTS]:
            result.sieve(address, _text(row, "script_data"))


def _key(result: Found, name: str, private: str, domains: set[str], others: Iterable[Row]) -> None:
    """The field's name is SELECTOR.DOMAIN; both may have dots."""
    known = domains | {_text(row, "alias_domain") for row in others}
    domain = max((one for one in known if one and name.lower().endswith(f".{one}")), key=len, default="")
    if domain:
        result.key(domain, name[: -len(domain) - 1], private)
    else:
        result.leave("DKIM key", name, "is for a domain that the dump does not have")


def _text(row: Row, name: str) -> str:
    return row.get(name) or ""


def _off(row: Row) -> bool:
    return _text(row, "active") == "0"
