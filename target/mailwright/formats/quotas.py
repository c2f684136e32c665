"""Quotas: ``dovecot-quotas.cf``, one ``user@domain:SIZE`` a line; 0 is no limit."""

from __future__ import annotations

import re
from typing import NamedTuple

from mailwright.core import values
from mailwright.core.problems import Problem, shown, shown_name
from mailwright.core.rows_by_key import Refused, rows_by_key
from mailwright.core.textfile import TextFile

LIKE_A_SIZE = re.compile(r"-?[\d.,]+ ?[A-Za-z%]{0,5}", re.ASCII)


class Quota(NamedTuple):
    """The most bytes that the mailbox ``address`` may store; 0: no limit."""

    address: values.Address
    limit: int
    where: str


def quotas(file: TextFile) -> tuple[list[Quota], list[Problem]]:
    """The quotas of ``file`` in its order, and a Problem for each line that is not one."""
    return rows_by_key(file, _quota, lambda quota: quota.address, Refused("has a quota"))


def _quota(row: str, where: str) -> Quota | Problem:
    name, _, size = (part.strip() for part in row.partition(":"))
    try:
        address = values.mailbox_address(name)
    except ValueError as error:
        return Problem(where, f"{shown_name(name)} {error}")
    try:
        return Quota(address, values.byte_size(size), where)
    except ValueError as error:
        return Problem(where, f"{_size(size)} {error} (user@domain:5G)")


def _size(text: str) -> str:
    """``text`` for a message if it looks like a size; a password is not shown."""
    return shown(text) if not text or LIKE_A_SIZE.fullmatch(text) else "the size"


def dovecot_size(limit: int) -> str:
    """``limit`` (bytes; 0: none) as Dovecot writes it."""
    return f"{limit}B" if limit else "unlimited"


def dovecot_grace(limit: int) -> str:
    """A tenth of ``limit``: the last mail may go beyond by that much."""
    return f"{limit // 10}B" if limit else "0"
