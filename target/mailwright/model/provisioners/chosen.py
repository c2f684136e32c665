"""The provisioner that ACCOUNT_PROVISIONER names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from mailwright.core.problems import Problem
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.provisioners import file, ldap, sql
from mailwright.model.provisioners.provisioner import Provisioner
from mailwright.model.reading import Reading

PROVISIONERS: Mapping[str, Callable[[Reading, ConfigFolder], tuple[Provisioner, list[Problem]]]] = {
    "FILE": lambda _, folder: file.provisioner(folder),
    "LDAP": lambda reading, folder: _warning(ldap.NO_EFFECT, folder, ldap.provisioner(reading, folder)),
    "SQL": lambda reading, folder: _warning(sql.WITHOUT_EFFECT, folder, sql.provisioner(reading, folder)),
}


def provisioner(reading: Reading, folder: ConfigFolder) -> tuple[Provisioner, list[Problem]]:
    """The provisioner of ACCOUNT_PROVISIONER, and the Problems with its settings and files."""
    kind = reading.settings.account_provisioner
    value, problems = PROVISIONERS[kind](reading, folder)
    if kind != "LDAP":
        problems += ldap.without_effect(reading.variables)
    return value, problems


def _warning(
    names: Iterable[str], folder: ConfigFolder, made: tuple[Provisioner, list[Problem]]
) -> tuple[Provisioner, list[Problem]]:
    """A provisioner and its Problems, with a warning for each of the files ``names`` that has no effect with it."""
    value, problems = made
    return value, [*problems, *without_effect(names, folder, value)]


def without_effect(names: Iterable[str], folder: ConfigFolder, provisioner: Provisioner) -> Iterator[Problem]:
    """A warning for each of the files ``names`` that has rows, which this provisioner does not read."""
    for name in names:
        text = folder.text(name)
        if text and any(True for _ in text.rows()):
            what = f"has no effect with ACCOUNT_PROVISIONER={provisioner.name}: accounts are in {provisioner.place}"
            yield Problem(name, what, "", True)
