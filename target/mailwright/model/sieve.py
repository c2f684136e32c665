"""Sieve: the operator's scripts (RFC 5228) for all mailboxes and for single ones, and the programs that they call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mailwright.core import values
from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile
from mailwright.model.config_folder import PROGRAM_FOLDERS, SIEVE, Folder
from mailwright.model.sources import Unreadable

BEFORE, AFTER = f"before{SIEVE}", f"after{SIEVE}"


@dataclass(frozen=True)
class Sieve:
    """The scripts, in the order in which they run: ``before``, an account's, the user's own, ``after``."""

    before: TextFile | None = None
    after: TextFile | None = None
    accounts: Mapping[str, TextFile] = field(default_factory=dict)
    programs: Mapping[str, bytes] = field(default_factory=dict)  # by path, ``sieve-pipe/NAME``


def sieve(folder: Folder, mailboxes: frozenset[str]) -> Sieve:
    """The Sieve of the config folder; what is wrong with it is in the folder's findings."""
    accounts, programs = dict(_accounts(folder, mailboxes)), dict(_programs(folder))
    return Sieve(folder.text(BEFORE), folder.text(AFTER), accounts, programs)


def _accounts(folder: Folder, mailboxes: frozenset[str]) -> Iterator[tuple[str, TextFile]]:
    for name in sorted(folder.content):
        if not name.endswith(SIEVE) or name in (BEFORE, AFTER):
            continue
        try:
            address = values.mailbox_address(name.removesuffix(SIEVE))
        except ValueError as error:
            folder.findings.append(Problem(name, f"the name before {SIEVE} {error}", f"ACCOUNT{SIEVE}", True))
            continue
        text = folder.text(name)
        if address not in mailboxes:
            folder.findings.append(Problem(name, f"there is no account {address}; it is ignored", "", True))
        elif text:
            yield address, text


def _programs(folder: Folder) -> Iterator[tuple[str, bytes]]:
    for name, content in sorted(folder.content.items()):
        if not name.startswith(tuple(f"{it}/" for it in PROGRAM_FOLDERS)):
            continue
        if isinstance(content, Unreadable):
            folder.findings.append(Problem(name, content.reason, "", True))
        else:
            yield name, content
