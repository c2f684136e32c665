"""Places of mail and filters in a file for Dovecot 2.4 that are the same for users who must not share them.

Dovecot's checker accepts each of them: everybody then reads the others' mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile

BLOCK = re.compile(r"(?P<kind>\w+)[^{]*\{")
SETTING = re.compile(r'(?P<path>[a-z0-9_/-]+)\s*=\s*"?(?P<value>[^"#]*)')
MAIL = ("mail_path", "mail_home", "mail_inbox_path", "mail_index_path", "mail_control_path", "mail_alt_path")
IN_FIELDS = ("home", "mail")  # beside those of MAIL: what a userdb gives for a user
SCRIPT = ("path", "active_path")  # of a sieve_script
# Variables with the same value for all users, or for all of a domain (%{user | domain}).
COMMON = re.compile(
    r"%\{\s*(hostname|service|protocol|(env|system|process|dovecot)\b|(local|remote)_|user\s*\|\s*domain|domain\b)[^}]*\}"
)
NEEDED = "%{user | domain}/%{user | username}"


class Setting(NamedTuple):
    """A setting, the kinds of the blocks around it, outermost first, and the number of the innermost block."""

    line: int
    blocks: tuple[str, ...]
    block: int
    name: str
    value: str


def shared(file: TextFile) -> Iterator[Problem]:
    """A Problem for each place in ``file`` that is one for all users, or for all of a domain."""
    settings = list(_settings(file))
    types = {each.block: each.value for each in settings if each.name == "type"}
    for each in settings:
        if _is_of_each_user(each, types.get(each.block, "")) and _is_one(each.value):
            whom = "all users of a domain" if re.search(r"%\{[^}]*domain", each.value) else "all users"
            what = f"{each.name} = {each.value} is one place for {whom}"
            yield Problem(file.at(each.line), what, f"such as {_beginning(each.value)}/{NEEDED}")


def _is_of_each_user(each: Setting, kind: str) -> bool:
    """Whether users must not share the place; ``kind`` is the type of its namespace or script."""
    if "namespace" in each.blocks and kind in ("public", "shared"):
        return False
    if "sieve_script" in each.blocks:
        return each.name in SCRIPT and kind == "personal"
    return each.name in MAIL or ("fields" in each.blocks and each.name in IN_FIELDS)


def _is_one(value: str) -> bool:
    """Whether ``value`` is an absolute path without a variable that tells one user from another."""
    path = value.partition(":")[2] if re.match(r"[a-z]+:", value) else value
    return path.startswith("/") and "%{" not in COMMON.sub("", path)


def _beginning(value: str) -> str:
    """The part of ``value`` before its first variable."""
    return value.partition("%")[0].rstrip("/")


def _settings(file: TextFile) -> Iterator[Setting]:
    blocks: list[tuple[str, int]] = []
    for number, row in file.rows():
        if block := BLOCK.fullmatch(row):
            blocks.append((block["kind"], number))
        elif row.startswith("}"):
            blocks = blocks[:-1]
        elif setting := SETTING.match(row):
            *path, name = setting["path"].split("/")
            kinds = (*(kind for kind, _ in blocks), *path)
            yield Setting(number, kinds, blocks[-1][1] if blocks else 0, name, setting["value"].strip())
