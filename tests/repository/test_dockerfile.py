"""The image holds what the services declare, and nothing else: packages, users, names below /etc, volumes, ports."""

from __future__ import annotations

import json
import re
from itertools import chain

from mailwright.services import PORTS, SERVICES, image
from mailwright.services.declaration import Group, User
from mailwright.settings import Settings
from tests.repository.source import ROOT

# The stages from the one with Debian's packages on, their continued lines joined and their comments left out.
STAGE = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
STAGE = STAGE.partition(" AS system\n")[2]
USERS: tuple[User, ...] = (*image.USERS, *chain.from_iterable(service.users for service in SERVICES))
GROUPS: tuple[User | Group, ...] = (*USERS, *chain.from_iterable(service.groups for service in SERVICES))


def words(pattern: str, text: str = STAGE) -> list[str]:
    """The words of the one place in ``text`` that ``pattern`` finds."""
    [found] = re.findall(pattern, text)
    return sorted(found.split())


def numbers(command: str, option: str) -> dict[str, int]:
    """Name → number in each ``useradd`` or ``groupadd``, whose name is the last word."""
    lines = re.findall(rf"{command} (.+?)(?= && |\n)", STAGE)
    return {line.split()[-1]: int(line.split()[line.split().index(option) + 1]) for line in lines}


def test_packages() -> None:
    declared = {*image.PACKAGES, *chain.from_iterable(service.packages for service in SERVICES)}
    system, _, _ = STAGE.partition("\nFROM ")
    assert words(r"apt-get install -y --no-install-recommends ([^&]+)", system) == sorted(declared)


def test_users_and_their_numbers() -> None:
    assert numbers("useradd", "--uid") == {user.name: user.number for user in USERS}


def test_groups_and_their_numbers() -> None:
    assert numbers("groupadd", "--gid") == {group.name: group.number for group in GROUPS}


def test_no_number_means_two() -> None:
    assert len({group.number for group in GROUPS}) == len(GROUPS)


def test_names_below_etc() -> None:
    declared = {*image.ETC, *chain.from_iterable(service.etc for service in SERVICES)}
    assert words(r"for name in ([^;]+);") == sorted(declared)


def test_volumes() -> None:
    [volumes] = re.findall(r"\nVOLUME (.+)", STAGE)
    assert sorted(json.loads(volumes)) == sorted(folder.path for folder in image.state(Settings()))


def test_exposed_ports() -> None:
    assert words(r"\nEXPOSE (.+)") == sorted(str(port.number) for port in PORTS)
