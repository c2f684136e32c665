"""Sieve: the operator's scripts (RFC 5228) for all mailboxes and for single ones, and the programs that they call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailwright.core import values
from mailwright.core.problems import Findings, Problem
from mailwright.core.textfile import TextFile
from mailwright.model.config_folder import PROGRAM_FOLDERS, SIEVE, ConfigFolder
from mailwright.model.inputs import Inputs
from mailwright.model.provisioners.provisioner import Provisioner
from mailwright.model.sources import Unreadable

BEFORE, AFTER = f"before{SIEVE}", f"after{SIEVE}"


@dataclass(frozen=True)
class Sieve:
    """The scripts, in the order in which they run: ``before``, an account's, the user's own, ``after``."""

    before: TextFile | None = None
    after: TextFile | None = None
    accounts: Mapping[str, TextFile] = field(default_factory=dict)
    programs: Mapping[str, bytes] = field(default_factory=dict)  # by path, ``sieve-pipe/NAME``


def sieve(inputs: Inputs) -> tuple[Sieve, list[Problem]]:
    """The Sieve of the config folder, and the Problems with it."""
    folder, problems = inputs.folder, Findings()
    accounts = problems.keep(_accounts(folder, inputs.provisioner))
    programs = problems.keep(_programs(folder))
    return Sieve(folder.text(BEFORE), folder.text(AFTER), accounts, programs), problems


def _accounts(folder: ConfigFolder, provisioner: Provisioner) -> tuple[dict[str, TextFile], list[Problem]]:
    scripts: dict[str, TextFile] = {}
    problems = []
    for name in sorted(folder.content):
        if not name.endswith(SIEVE) or name in (BEFORE, AFTER):
            continue
        try:
            address = values.mailbox_address(name.removesuffix(SIEVE))
        except ValueError as error:
            problems.append(Problem(name, f"the name before {SIEVE} {error}", f"ACCOUNT{SIEVE}", True))
            continue
        text = folder.text(name)
        if provisioner.can_list and address not in provisioner.directory.written_expansion.mailboxes:
            problems.append(Problem(name, f"there is no account {address}; it is ignored", "", True))
        elif text:
            scripts[address] = text
    return scripts, problems


def _programs(folder: ConfigFolder) -> tuple[dict[str, bytes], list[Problem]]:
    ours = tuple(f"{name}/" for name in PROGRAM_FOLDERS)
    contents = {name: content for name, content in sorted(folder.content.items()) if name.startswith(ours)}
    programs = {name: content for name, content in contents.items() if not isinstance(content, Unreadable)}
    problems = [
        Problem(name, content.reason, "", True) for name, content in contents.items() if isinstance(content, Unreadable)
    ]
    return programs, problems
