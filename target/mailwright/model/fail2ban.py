"""The operator's fail2ban files, and whether bans can be made at all."""

from __future__ import annotations

import configparser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile
from mailwright.core.values import Said
from mailwright.model.config_folder import Folder
from mailwright.settings import Settings

JAIL, FAIL2BAN = "fail2ban-jail.cf", "fail2ban-fail2ban.cf"


@dataclass(frozen=True)
class Bans:
    """What the operator wrote for fail2ban, and whether it may run: it changes the container's network."""

    allowed: bool = False
    jail: TextFile | None = None
    fail2ban: TextFile | None = None


def bans(folder: Folder, *, allowed: bool) -> Bans:
    """The Bans of the config folder; what is wrong with it is in the folder's findings."""
    files = [folder.text(name) for name in (JAIL, FAIL2BAN)]
    for file in files:
        folder.findings.extend(mistakes(file) if file else ())
    return Bans(allowed, *files)


def mistakes(file: TextFile) -> Iterator[Problem]:
    """A Problem for each line that fail2ban could not read."""
    parser = configparser.RawConfigParser(strict=False, comment_prefixes=("#", ";"), inline_comment_prefixes=None)
    try:
        parser.read_string(file.text)
    except configparser.MissingSectionHeaderError as error:
        yield Problem(file.at(error.lineno), "stands in no section", "such as [dovecot]")
    except configparser.ParsingError as error:
        yield from (Problem(file.at(line), "is no name = value") for line, _ in error.errors)


def problems(chosen: Settings, found: Bans, values: Mapping[str, Said]) -> list[Problem]:
    """A warning where bans are asked for and can't be made."""
    if not chosen.enable_fail2ban or found.allowed:
        return []
    what = "ENABLE_FAIL2BAN: the container may not change its network, so nobody is banned; limits hold as without it"
    where = values["ENABLE_FAIL2BAN"].origin if "ENABLE_FAIL2BAN" in values else "environment"
    return [Problem(where, what, "cap_add: [NET_ADMIN] in compose.yaml", True)]
