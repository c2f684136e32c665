"""The operator's tables as files of ours, the overrides that name them, and how Postfix itself tries a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial

from mailwright.core.problems import Problem
from mailwright.core.tree import File, Span
from mailwright.formats.lookup_tables import Table, with_tables
from mailwright.model.mailserver import Mailserver
from mailwright.model.operator_networks import MYNETWORKS
from mailwright.model.operator_tables import BELOW, Use, below
from mailwright.model.overrides import MAILNAME
from mailwright.services.declaration import Check

FOLDER = "postfix/tables"
RENDERED = "/etc/postfix/"
AS_POSTFIX = ("setpriv", "--reuid=postfix", "--regid=postfix", "--clear-groups")
STRANGER = "192.0.2.1"  # an address of RFC 5737, which no client has


def files(mailserver: Mailserver) -> Iterator[File]:
    """A copy of each table of the config folder. Postfix reads compiled ones anew by itself, the others at a reload."""
    for name, copy in mailserver.operator_tables.copies.items():
        yield File(
            f"{FOLDER}/{name}",
            copy.file.text,
            "postfix",
            0o640 if copy.secret and copy.proxied else 0o600 if copy.secret else 0o644,
            "root:postfix" if copy.secret and copy.proxied else "root:root",
            secret=copy.secret,
            compile="postmap" if copy.compiled else "",
            spans=(Span(1, name),),
        )


def in_place(mailserver: Mailserver, etc: str) -> Callable[[str], str]:
    """A function that puts our copies into a text in place of the operator's tables."""

    def ours(table: Table) -> str:
        if below(table) not in mailserver.operator_tables.copies:
            return str(table)
        return f"{'lmdb' if table.compiled else table.type}:{etc}/{FOLDER}/{below(table)}"

    def replaced(text: str) -> str:
        text = with_tables(text, ours)
        copies = {path: f"{etc}/{FOLDER}/{path.removeprefix(BELOW)}" for path in mailserver.operator_tables.lists}
        # Postfix's own tools read main.cf before the file is in place, so what it holds stands there.
        for path, copy in (copies | {MAILNAME: mailserver.domain}).items():
            text = re.sub(rf"(?<![^\s,!=]){re.escape(path)}(?![^\s,])", lambda _, copy=copy: copy, text)  # type: ignore[misc]
        return text

    return replaced


def tries(mailserver: Mailserver, ours: Collection[str]) -> Iterator[Check]:
    """A query for each table that an override names; what is compiled with the tree has the compiler's word already.

    ``ours`` are the compiled tables below /etc/postfix that are rendered.
    """
    replaced = in_place(mailserver, "{etc}")
    for use in mailserver.operator_tables.uses:
        path = use.table.path
        if use.table.compiled and (
            below(use.table) in mailserver.operator_tables.copies or path.removeprefix(RENDERED) in ours
        ):
            continue
        staged = f"{{etc}}/postfix/{path.removeprefix(RENDERED)}" if path.startswith(RENDERED) else path
        table = Table("hash" if use.table.type.startswith("$") else use.table.type, staged)
        user = AS_POSTFIX if use.table.proxied else ()
        where = f"{use.where}: {use.parameter}"
        if use.table.type in ("regexp", "pcre") and not below(
            use.table
        ):  # postmap(1) takes a folder for an empty table
            yield Check((*user, "head", "-c1", staged), program="head", where=where, late=use.late)
        yield Check(
            (*user, "postmap", "-c", "{etc}/postfix", "-q", STRANGER, replaced(str(table))),
            program="postmap",
            queries=True,
            judge=partial(_strangers, use),
            where=where,
            late=use.late,
        )


def _strangers(use: Use, _mailserver: Mailserver, answer: str) -> Iterable[Problem]:
    """A Problem if a table of mynetworks has an ``answer`` for an address that is nobody's."""
    if use.parameter == MYNETWORKS and answer.strip():
        what = f"mynetworks: {use.table} would let strangers send through this server"
        yield Problem(use.where, what, "name the networks of your own clients")
