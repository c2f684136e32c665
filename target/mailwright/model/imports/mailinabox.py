"""Mail-in-a-Box: its database users.sqlite and its DKIM key → what was Found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mailwright.model.imports.found import Found

SELECTOR = "mail"  # one key signs for all domains
WANTED: Mapping[str, tuple[str, ...]] = {
    "users": ("email", "password", "quota"),
    "aliases": ("source", "destination", "permitted_senders"),
    "auto_aliases": ("source", "destination", "permitted_senders"),
    "mfa": ("user_id",),
}
NEEDED: Mapping[str, tuple[str, ...]] = {"users": ("email", "password"), "aliases": ("source", "destination")}
WORDS = re.compile(r"[,\s]+")
COPY = (
    "# As root in /home/user-data; NEW is the mail folder of this server (data/mail in compose.yaml):",
    "rsync -a mail/mailboxes/ NEW/",
    "for box in mail/sieve/*/*/; do",
    '  [ -d "NEW/${box#mail/sieve/}" ] || continue; home="NEW/${box#mail/sieve/}home"; mkdir -p "$home"',
    '  cp -a "${box%/}" "$home/sieve"; active=$(readlink "${box%/}.sieve") || continue',
    '  ln -s "sieve/${active##*/}" "$home/.dovecot.sieve"',
    "done; chown -R 5000:5000 NEW",
)
Item = Mapping[str, Any]


def found(tables: Mapping[str, Sequence[Item]], key: str) -> Found:
    """What the tables and the private key have."""
    result = Found("mailinabox")
    for user in tables["users"]:
        if address := result.account(str(user["email"]), str(user["password"])):
            result.quota(address, str(user.get("quota") or "0"))
    for table in ("aliases", "auto_aliases"):
        for row in tables.get(table, ()):
            _alias(result, row)
    if number := len(tables.get("mfa", ())):
        result.leave("second factor", number, "is for the web page of Mail-in-a-Box, not for mail")
    for domain in sorted(result.domains) if key else ():
        result.key(domain, SELECTOR, key)
    if not key:
        result.leave("DKIM key", "all", "mail/dkim/mail.private is not there; copy it with its folder")
    return result


def _alias(result: Found, row: Item) -> None:
    source = str(row["source"])
    if targets := [word for word in WORDS.split(str(row["destination"] or "")) if word]:
        result.alias(source, targets, "catch-all" if source.startswith("@") else "alias")
    if senders := [word for word in WORDS.split(str(row.get("permitted_senders") or "")) if word]:
        reason = "a login may send as the aliases whose mail it receives; make it a recipient of that alias"
        result.leave("permission to send", f"{', '.join(senders)} → {source}", reason)
