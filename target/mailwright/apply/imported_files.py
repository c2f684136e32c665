"""Imported files: DKIM keys, Sieve scripts and regexp aliases of another server beside the files that are here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from mailwright.core.textfile import decode
from mailwright.core.values import amount
from mailwright.dns import dkim_rotation
from mailwright.formats.dkim_keys import FOLDERS, SigningKey, record_of, signing_keys
from mailwright.model.imports.found import Found, Key

REGEXP = "postfix-regexp.cf"
HERE = "the account is here already"
Files = Mapping[str, bytes]
Written = Mapping[str, str | None]  # None: to delete


class Item(NamedTuple):
    """One thing of the other server: ``action`` is add, change, same, or keep: what is here stays, with the reason."""

    action: str
    kind: str
    name: str
    value: str
    reason: str = ""


def decided(
    found: Found, here: Files, domains: Collection[str], accounts: Collection[str], update: bool
) -> Iterator[tuple[Item, Written]]:
    """Each Item with the files that it writes. ``domains`` are those of this server once the rows are added."""
    keys, _ = signing_keys({name: text for name, text in here.items() if name.startswith(FOLDERS)}, domains)
    for key in found.keys:
        if key.domain in domains:
            yield _key(key, keys, update)
        else:
            name = f"{key.selector}._domainkey.{key.domain}"
            found.leave("DKIM key", name, f"no account or alias here has the domain {key.domain}")
    for name, script in found.files.items():
        yield _script(name, script, here.get(name), name.removesuffix(".dovecot.sieve") in accounts, update)
    if found.patterns:
        yield from _patterns(found.patterns, here.get(REGEXP, b""))


def _key(new: Key, here: Collection[SigningKey], update: bool) -> tuple[Item, Written]:
    own = [key for key in here if (key.domain, key.selector) == (new.domain, new.selector)]
    of_domain = [key for key in here if key.domain == new.domain]
    item = Item(
        "add", "DKIM key", f"{new.selector}._domainkey.{new.domain}", dkim_rotation.kind_of_private(new.private).label
    )
    if any(key.record == record_of(new.private) for key in own):
        return item._replace(action="same"), {}
    if of_domain and not update:
        reason = "differs here" if own else f"another key signs for {new.domain} here"
        return item._replace(action="keep", reason=reason), {}
    replaced = [
        name for key in own if key.where.startswith(dkim_rotation.FOLDER) for name in dkim_rotation.file_names(key)
    ]
    files: dict[str, str | None] = dict.fromkeys(replaced)
    files |= dkim_rotation.files_of(new.private, new.selector, new.domain)
    return item._replace(action="change" if own else "add"), files


def _script(name: str, script: str, here: bytes | None, has_account: bool, update: bool) -> tuple[Item, Written]:
    item = Item("add", "Sieve script", name, amount(script.count("\n"), "line"))
    if here is not None and here.decode("utf-8", "replace") == script:
        return item._replace(action="same"), {}
    if not update and (here is not None or has_account):
        return item._replace(action="keep", reason=HERE if here is None else "differs here"), {}
    return item._replace(action="add" if here is None else "change"), {name: script}


def _patterns(rows: Collection[str], here: bytes) -> Iterator[tuple[Item, Written]]:
    """Each row by itself: it may lead mail anywhere."""
    text, _ = decode(REGEXP, here)
    known = {" ".join(row.split()) for _, row in text.rows()}
    new = [row for row in rows if " ".join(row.split()) not in known]
    gap = "\n" if text.text and not text.text.endswith("\n") else ""
    written = {REGEXP: text.text + gap + "".join(f"{row}\n" for row in new)}
    for row in rows:
        yield (Item("add", "regexp alias", row, ""), written) if row in new else (Item("same", "", row, ""), {})
