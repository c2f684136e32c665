"""Moved: what becomes of each variable and file of a deployment, as the model itself decides it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mailwright import settings
from mailwright.core.problems import ConfigurationError, Problem, errors
from mailwright.formats import dkim_keys
from mailwright.formats.rspamd_commands import COMMANDS_FILE
from mailwright.model import filters, old_filters
from mailwright.model.building import build
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.mailserver import Mailserver
from mailwright.model.reading import Reading
from mailwright.settings import compatibility

VARIABLE = re.compile(r"([A-Z][A-Z0-9_]+)(?=[:= ])")
LINE = re.compile(r":\d+(: \w+)?$")  # and the parameter that names a table
# Variables and files of docker-mailserver's old filters, which Rspamd follows here.
TRANSLATED_VARIABLES = {*old_filters.BECAME, *compatibility.RETIRED_FILTERS}
TRANSLATED_FILES = {
    dkim_keys.FOLDERS[1]: "Rspamd signs with this key, for the domain of its folder",
    filters.CLIENTS: "Rspamd does not greylist these clients",
    filters.RECIPIENTS: "Rspamd does not greylist mail for these recipients",
    COMMANDS_FILE: "its commands become files of Rspamd's override.d",
}
RECORD = re.compile(r"opendkim/keys/.+\.txt")  # what to publish for a key
UNREAD = "Mailwright does not read it"
LDAP_QUERY = re.compile(r"ldap-[a-z]+\.cf")
UNREAD_NOW = "it is read with ACCOUNT_PROVISIONER=LDAP only"
# Files of docker-mailserver that nothing reads, and why that changes nothing.
NOT_NEEDED = {
    "opendkim/KeyTable": "not needed: the path of a key has its domain and selector",
    "opendkim/SigningTable": "not needed: a key signs for the domain of its folder",
    "opendkim/TrustedHosts": "not needed: mail of logins is signed; PERMIT_DOCKER says who else may send",
}


class Kind(StrEnum):
    """What becomes of a variable or a file."""

    REFUSED = "refused"
    DIFFERS = "differs"
    TRANSLATED = "translated"
    TAKEN = "taken as is"


@dataclass(frozen=True, slots=True)
class Entry:
    """One variable or file, and what there is to say about it."""

    name: str
    kind: Kind
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """A reading, the Mailserver that it becomes unless it is refused, and every Problem."""

    reading: Reading
    folder: ConfigFolder
    mailserver: Mailserver | None = None
    problems: tuple[Problem, ...] = field(default=())


def examined(reading: Reading) -> Examined:
    """``reading``, built or refused."""
    folder = ConfigFolder(reading.sources.config)
    try:
        mailserver = build(reading, folder)
    except ConfigurationError as error:
        return Examined(reading, folder, None, tuple(error.problems))
    return Examined(reading, folder, mailserver, mailserver.warnings)


def entries(seen: Examined) -> list[Entry]:
    """An Entry for each variable and file, those that need attention first."""
    names = [*_variables(seen.reading), *(path for path, content in sorted(seen.reading.sources.config.items()))]
    problems: dict[str, list[Problem]] = {name: [] for name in names if not _is_folder(name, seen.reading)}
    for problem in seen.problems:
        problems.setdefault(_about(problem, problems, seen.reading), []).append(problem)
    found = [_entry(name, of, seen) for name, of in problems.items()]
    order = list(Kind)
    return sorted([*found, *_defaults(seen.reading)], key=lambda entry: order.index(entry.kind))


def _variables(reading: Reading) -> Iterable[str]:
    """The variables that are set, sorted. Of the environment only those that are known: it has others, such as PATH."""
    stated = reading.variables.values
    return [name for name, value in sorted(stated.items()) if value.origin != "environment" or name in settings.KNOWN]


def _is_folder(name: str, reading: Reading) -> bool:
    return any(path.startswith(f"{name}/") for path in reading.sources.config)


def _about(problem: Problem, known: Mapping[str, object], reading: Reading) -> str:
    """The name of the variable or file that ``problem`` is about, or the place that it names."""
    variable = VARIABLE.match(problem.what)
    if variable:
        name = variable[1].removesuffix("__FILE")
        if name in known or name in settings.KNOWN or variable[1] in known:
            return variable[1] if variable[1] in known else name
    place = LINE.sub("", problem.where).removeprefix(f"{reading.sources.config_path}/")
    return place if place in known or "environment" not in place else "environment"


def _entry(name: str, problems: list[Problem], seen: Examined) -> Entry:
    notes, folder = tuple(map(str, problems)) or _unsaid(name, seen.reading), seen.folder
    if errors(problems):
        return Entry(name, Kind.REFUSED, notes)
    if name in folder.content and not notes and not folder.reads(name):
        unread = UNREAD_NOW if LDAP_QUERY.fullmatch(name) else UNREAD
        return Entry(name, Kind.DIFFERS, (NOT_NEEDED.get(name, unread),))
    meaning = next((text for start, text in TRANSLATED_FILES.items() if name.startswith(start)), "")
    unsigned = seen.mailserver and not seen.mailserver.settings.enable_rspamd
    if RECORD.fullmatch(name) or (unsigned and name.startswith(dkim_keys.FOLDERS)):
        meaning = ""
    if meaning or (notes and name in TRANSLATED_VARIABLES):
        return Entry(name, Kind.TRANSLATED, (*([meaning] if meaning else []), *notes))
    return Entry(name, Kind.DIFFERS if notes else Kind.TAKEN, notes)


def _unsaid(name: str, reading: Reading) -> tuple[str, ...]:
    """What the log does not say, since docker-mailserver's stock file sets the variable."""
    if name not in compatibility.STOCK or name not in reading.variables:
        return ()
    if compatibility.is_off(name, reading.variables.values[name].text):
        return ()
    return (compatibility.without_effect(name),)


def _defaults(reading: Reading) -> list[Entry]:
    """The variables that are not set, and mean something else in docker-mailserver then."""
    fields, others = settings.Settings.model_fields, compatibility.OTHER_DEFAULTS
    if reading.settings.account_provisioner == "LDAP":
        others = others | compatibility.OTHER_DEFAULTS_OF_LDAP
    return [
        Entry(name, Kind.DIFFERS, (f"not set: the default is {settings.default(fields[name.lower()])} "
                                   f"(docker-mailserver: {there})",))
        for name, there in others.items()
        if name not in reading.variables
    ]  # fmt: skip
