"""App passwords: those of the config folder whose accounts exist, as far as that is known."""

from __future__ import annotations

from mailwright.core.problems import Findings, Problem
from mailwright.formats.app_passwords import AppPassword
from mailwright.formats.app_passwords import app_passwords as parsed
from mailwright.model.inputs import Inputs

FILE = "dovecot-app-passwords.cf"


def app_passwords(inputs: Inputs) -> tuple[tuple[AppPassword, ...], list[Problem]]:
    """The app passwords, and the Problems with them. One without an account must not be able to send."""
    problems = Findings()
    written = problems.keep(inputs.folder.parsed(FILE, parsed))
    if not inputs.provisioner.can_list:
        return written, problems
    boxes = inputs.directory.written_expansion.mailboxes
    for one in written:
        if one.address not in boxes:
            problems.append(Problem(one.where, f"there is no account {one.address}; it is ignored", "", True))
    return tuple(one for one in written if one.address in boxes), problems
