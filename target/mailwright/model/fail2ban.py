"""The operator's fail2ban files, and whether fail2ban may run."""

from __future__ import annotations

import configparser
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile
from mailwright.model.inputs import Inputs

# Jails of ours whose limits follow those of another: docker-mailserver's users know postfix for all of SMTP.
FOLLOWS = {"postfix-sasl": "postfix"}
LIMITS = ("maxretry", "findtime", "bantime", "ignoreip")
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
    parser = _parser()
    try:
        parser.read_string(file.text)
    except configparser.MissingSectionHeaderError as error:
        yield Problem(file.at(error.lineno), "is not in a section", "such as [dovecot]")
    except configparser.ParsingError as error:
        yield from (Problem(file.at(line), "is not of the form name = value") for line, _ in error.errors)


@dataclass(frozen=True, slots=True)
class Section:
    """One ``[name]`` of a jail file, with its options."""

    name: str
    options: tuple[tuple[str, str], ...]


def after(jail: TextFile, exempt: Iterable[str]) -> Iterator[Section]:
    """What must follow the operator's ``jail`` file: nobody in ``exempt`` is banned, whatever ignoreip it sets.

    The limits of [postfix] count for [postfix-sasl] too, unless that has its own.
    """
    parser = _parser()
    parser.read_string(jail.text)
    sections = {name: dict(parser[name]) for name in parser.sections()}
    for name, other in FOLLOWS.items():
        more = {key: value for key, value in sections.get(other, {}).items() if key in LIMITS}
        sections[name] = more | sections.get(name, {})
    ours = " ".join(exempt)
    for name, options in sections.items():
        merged = {key: options[key] for key in LIMITS if key in options} if name in FOLLOWS else {}
        if "ignoreip" in options:
            merged["ignoreip"] = f"{ours} {' '.join(options['ignoreip'].replace(',', ' ').split())}"
        if merged:
            yield Section(name, tuple(merged.items()))


def _parser() -> configparser.RawConfigParser:
    """A reader of fail2ban's dialect. Sections do not inherit from [DEFAULT], so each shows what it says itself."""
    return configparser.RawConfigParser(
        strict=False, comment_prefixes=("#", ";"), inline_comment_prefixes=None, default_section="\0"
    )
