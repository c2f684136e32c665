"""The filters: the operator's Rspamd files and the keys that sign mail."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mailwright.core.problems import Findings, Problem
from mailwright.core.textfile import TextFile
from mailwright.formats import dkim_keys
from mailwright.formats.dkim_keys import SigningKey
from mailwright.formats.rspamd_commands import COMMANDS_FILE, commands, with_command
from mailwright.model import old_filters
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.inputs import Inputs
from mailwright.model.sources import Sources
from mailwright.model.variables import Variables
from mailwright.settings import Settings

OVERRIDES = "rspamd/override.d/"
CLIENTS, RECIPIENTS = "whitelist_clients.local", "whitelist_recipients"


@dataclass(frozen=True)
class Known:
    """Clients and recipients that are never greylisted: networks, domains, addresses."""

    networks: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rspamd:
    """What the operator wrote for Rspamd. ``overrides`` maps a name below override.d to its text.

    ``commanded`` maps such a name to its lines that a command wrote, each with its line of custom-commands.conf.
    """

    overrides: Mapping[str, TextFile] = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    commanded: Mapping[str, Mapping[int, int]] = field(default_factory=dict)


def rspamd(inputs: Inputs) -> tuple[Rspamd, list[Problem]]:
    """The Rspamd of the config folder, and the Problems with it."""
    folder, problems = inputs.folder, Findings()
    overrides = {
        path.removeprefix(OVERRIDES): text
        for path in sorted(folder.content)
        if path.startswith(OVERRIDES) and (text := folder.text(path))
    }
    commanded: dict[str, dict[int, int]] = {}
    problems.extend(_left_out(inputs.settings, inputs.sources.left_out, inputs.variables))
    for command in problems.keep(folder.parsed(COMMANDS_FILE, commands)):
        before = overrides.get(command.file, TextFile(COMMANDS_FILE, ""))
        overrides[command.file], lines = with_command(before, command)
        commanded.setdefault(command.file, {}).update(dict.fromkeys(lines, command.number))
    return Rspamd(overrides, problems.keep(_known(folder)), commanded), problems


def _known(folder: ConfigFolder) -> tuple[Known, list[Problem]]:
    networks, domains, problems = [], [], []
    for word, where in _words(folder, CLIENTS):
        try:
            networks.append(str(ipaddress.ip_network(word, strict=False)))
        except ValueError:
            if word.startswith("/"):
                what = "patterns are ignored; write addresses, networks or domains"
                problems.append(Problem(where, what, "", True))
            else:
                domains.append(word.lstrip(".").lower())
    recipients = [word if "@" in word else f"@{word}" for word, _ in _words(folder, RECIPIENTS)]
    return Known(tuple(networks), tuple(domains), tuple(recipients)), problems


def _words(folder: ConfigFolder, name: str) -> Iterator[tuple[str, str]]:
    file = folder.text(name)
    for number, line in file.rows() if file else ():
        yield line.split()[0], f"{name}:{number}"


def dkim(inputs: Inputs) -> tuple[tuple[SigningKey, ...], list[Problem]]:
    """The DKIM keys of the config folder, and the Problems with them."""
    return keys(inputs.sources, inputs.directory.domains)


def keys(sources: Sources, domains: Collection[str]) -> tuple[tuple[SigningKey, ...], list[Problem]]:
    """The DKIM keys of the config folder that sign for ``domains``, and the Problems with them."""
    files = {
        path: content
        for path, content in sources.config.items()
        if path.startswith(dkim_keys.FOLDERS) and isinstance(content, bytes)
    }
    signing, problems = dkim_keys.signing_keys(files, domains)
    return tuple(signing), problems


def problems(settings: Settings, rspamd: Rspamd, signing: Sequence[SigningKey], variables: Variables) -> list[Problem]:
    """Warnings about the filters' settings and files taken together, and about the old filters' variables."""
    return [
        *old_filters.warnings(settings, variables.values),
        *_switches(settings, rspamd, variables),
        *_unsigned(rspamd, signing),
        *(_unused(signing) if not settings.enable_rspamd else ()),
    ]


def _left_out(settings: Settings, names: Collection[str], variables: Variables) -> Iterator[Problem]:
    """A Problem if a filter is on that the image does not have."""
    if settings.enable_clamav and settings.enable_rspamd and "ClamAV" in names:
        hint = "use the image with ClamAV, which is mailwright:latest, or set ENABLE_CLAMAV=0"
        yield variables.error("ENABLE_CLAMAV", "this image was built without ClamAV", hint)


def _switches(settings: Settings, rspamd: Rspamd, variables: Variables) -> Iterator[Problem]:
    has_redis = settings.enable_rspamd_redis or settings.rspamd_redis_server or "redis.conf" in rspamd.overrides
    if settings.enable_rspamd and not has_redis:
        what = "without Redis Rspamd does not learn, greylist or count mail"
        yield variables.warning("ENABLE_RSPAMD_REDIS", what, "set RSPAMD_REDIS_SERVER")
    if settings.enable_rspamd and settings.enable_rspamd_redis and settings.rspamd_redis_server:
        yield variables.warning("RSPAMD_REDIS_SERVER", "has no effect without ENABLE_RSPAMD_REDIS=0")
    if settings.enable_rspamd and settings.rspamd_web_password and len(settings.rspamd_web_password) < 8:
        yield variables.warning("RSPAMD_WEB_PASSWORD", "is shorter than 8 characters")
    if not settings.enable_rspamd:
        names = ("ENABLE_CLAMAV", "RSPAMD_LEARN", "RSPAMD_GREYLISTING", "ENABLE_POSTGREY", "RSPAMD_WEB_PASSWORD")
        on = (name for name in names if getattr(settings, name.lower()))
        yield from (variables.warning(name, "has no effect with ENABLE_RSPAMD=0") for name in on)


def _unused(signing: Sequence[SigningKey]) -> Iterator[Problem]:
    for of in dkim_keys.in_use(signing).values():
        what = f"nothing signs with it: with ENABLE_RSPAMD=0 mail of {of[0].domain} is not signed"
        yield Problem(of[0].where, what, "set ENABLE_RSPAMD=1", True)


def _unsigned(rspamd: Rspamd, signing: Sequence[SigningKey]) -> Iterator[Problem]:
    written = rspamd.overrides.get("dkim_signing.conf")
    for domain in dkim_keys.in_use(signing) if written else ():
        if written and domain not in written.text:
            what = f"does not name a key for {domain}: its mail is not signed"
            hint = "delete the file: keys in rspamd/dkim/ sign without it"
            yield Problem(written.name, what, hint, True)
