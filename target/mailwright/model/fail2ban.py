"""The operator's fail2ban files, and whether fail2ban may run."""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from dataclasses import dataclass

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile
from mailwright.model.inputs import Inputs

JAIL, FAIL2BAN = "fail2ban-jail.cf", "fail2ban-fail2ban.cf"
NET_ADMIN = 1 << 12  # capabilities(7)


@dataclass(frozen=True)
class Fail2ban:
    """What the operator wrote for fail2ban. ``allowed`` says whether the container may change its firewall."""

    allowed: bool = False
    jail: TextFile | None = None
    fail2ban: TextFile | None = None


def fail2ban(inputs: Inputs) -> tuple[Fail2ban, list[Problem]]:
    """The Fail2ban of the config folder, and the Problems with it."""
    files = [inputs.folder.text(name) for name in (JAIL, FAIL2BAN)]
    problems = [problem for file in files if file for problem in mistakes(file)]
    allowed = bool(inputs.sources.capabilities & NET_ADMIN)
    if inputs.settings.enable_fail2ban and not allowed:
        what = "the container lacks the capability NET_ADMIN, so no address is banned; all other limits stay in force"
        problems.append(inputs.variables.warning("ENABLE_FAIL2BAN", what, "cap_add: [NET_ADMIN] in compose.yaml"))
    return Fail2ban(allowed, *files), problems


def mistakes(file: TextFile) -> Iterator[Problem]:
    """A Problem for each line that fail2ban cannot read."""
    parser = configparser.RawConfigParser(strict=False, comment_prefixes=("#", ";"), inline_comment_prefixes=None)
    try:
        parser.read_string(file.text)
    except configparser.MissingSectionHeaderError as error:
        yield Problem(file.at(error.lineno), "is not in a section", "such as [dovecot]")
    except configparser.ParsingError as error:
        yield from (Problem(file.at(line), "is not of the form name = value") for line, _ in error.errors)
