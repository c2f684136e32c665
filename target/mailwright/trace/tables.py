"""Look-ups as Postfix makes them: our tables are read off the rendered files, the running server answers the others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mailwright.core.tree import File, Tree
from mailwright.model.mailserver import Mailserver
from mailwright.model.provisioners.file import ACCOUNTS
from mailwright.trace.world import World

OURS = re.compile(r"(?:lmdb|pcre):/etc/(?P<path>postfix/[^/]+)")
RULE = re.compile(r"(?P<pattern>!?([/!|#@,;:%]).*?(?<!\\)\2\w*)\s+\S.*")
# Tables of patterns are asked for whole addresses only (DATABASE_README, postconf(5)).
PATTERNS = ("pcre:", "regexp:", "cidr:", "tcp:", "static:", "pipemap:", "unionmap:")
IMPLIED = "POSTMASTER_ADDRESS"


@dataclass(frozen=True, slots=True)
class Found:
    """A table's answer, and the operator's file and line that it comes from."""

    table: str
    key: str
    value: str
    where: str


class Tables:
    """The tables of one rendered configuration."""

    def __init__(self, tree: Tree, mailserver: Mailserver, world: World) -> None:
        self.tree = tree
        self.mailserver = mailserver
        self.world = world
        self._rows: dict[str, dict[str, str]] = {}

    def one(self, table: str, key: str) -> Found | None:
        """What ``table`` has for exactly ``key``; UnansweredError if nobody can say."""
        ours = OURS.fullmatch(table)
        file = self.tree.get(ours["path"]) if ours else None
        if not file:
            value = self.world.look_up(table, key)
            return None if value is None else Found(table, key, value, "")
        if table.startswith("lmdb:"):
            value = self._compiled(file).get(key.lower())
            return None if value is None else Found(table, key, value, self._where(file.path, key.lower()))
        value = self.world.match(file.content, key)
        return None if value is None else Found(table, key, value, self._rule(file, key))

    def first(self, tables: Iterable[str], key: str) -> Found | None:
        """The answer of the first of ``tables`` that has ``key``."""
        return next((found for table in tables if (found := self.one(table, key))), None)

    def address(self, tables: Sequence[str], address: str, *, local: bool = False) -> tuple[Found | None, str]:
        """The answer for an address, as virtual(5) describes the search, and the extension that was not looked up.

        ``local``: the domain is this host's own, so that the local part alone is asked too.
        """
        if found := self.first(tables, address):
            return found, ""
        fixed = [table for table in tables if not table.startswith(PATTERNS)]
        user, _, domain = address.rpartition("@")
        base, extension = split(user)
        names = [(f"{base}@{domain}", extension)] if extension else []
        names += [(user, "")] if local else []
        names += [(base, extension)] if local and extension else []
        for name, left in names:
            if found := self.first(fixed, name):
                return found, left
        return self.first(fixed, f"@{domain}"), ""

    def _compiled(self, file: File) -> Mapping[str, str]:
        """The rows of a table of ours; the first row of a key counts (postmap(1))."""
        if file.path not in self._rows:
            rows: dict[str, str] = {}
            for line in file.content.splitlines():
                key, _, value = line.partition(":" if file.compile == "postalias" else " ")
                rows.setdefault(key.lower(), value.strip())
            self._rows[file.path] = rows
        return self._rows[file.path]

    def _where(self, path: str, key: str) -> str:
        return self._places.get(path.rpartition("/")[2], {}).get(key, "")

    @cached_property
    def _places(self) -> Mapping[str, Mapping[str, str]]:
        """For each table of ours: key → the operator's row that it was made of."""
        directory = self.mailserver.directory
        aliases = {alias.name: alias.where for alias in directory.aliases}
        implied = {alias.name: IMPLIED for alias in directory.implied}
        senders = {row.sender: row.where for row in self.mailserver.relay_hosts.rows.values()}
        return {
            "virtual": implied | aliases,
            "senders": implied | aliases,
            "mailboxes": {str(account.address): account.where for account in directory.accounts},
            "send_access": {row.address: row.where for row in directory.refused_senders},
            "receive_access": {row.address: row.where for row in directory.refused_recipients},
            "relay_senders": senders,
        }

    def _rule(self, file: File, key: str) -> str:
        """The operator's line whose pattern matches: each target replaced by the number of its line."""
        lines = file.content.split("\n")
        numbered = [RULE.sub(rf"\g<pattern> {number}", line) for number, line in enumerate(lines, 1)]
        number = self.world.match("\n".join(numbered), key) or ""
        origin = file.origin(int(number)) if number.isdigit() else ""
        if origin or file.path != "postfix/sub_addresses":
            return origin
        base, _ = split(key.rpartition("@")[0])
        name = f"{base}@{key.rpartition('@')[2]}".lower()
        return self._where("virtual", name) or self._where("mailboxes", name) or ACCOUNTS


def split(local: str, delimiter: str = "+") -> tuple[str, str]:
    """A local part without its extension, and the extension with its delimiter (recipient_delimiter)."""
    base, sign, rest = local.partition(delimiter)
    return (base, f"{sign}{rest}") if base and sign else (local, "")
