"""Quotas: ``dovecot-quotas.cf``, one ``user@domain:SIZE`` a line; 0 is no limit."""

from __future__ import annotations

from typing import NamedTuple

from mailwright.core import values
from mailwright.core.problems import Problem, shown
from mailwright.core.rows_by_key import refused, rows_by_key
from mailwright.core.textfile import TextFile


class Quota(NamedTuple):
    """The most bytes that the mailbox ``address`` may store; 0: no limit."""

    address: values.Address
    limit: int
    where: str


def quotas(file: TextFile) -> tuple[list[Quota], list[Problem]]:
    """The quotas of ``file`` in its order, and a Problem for each line that is not one."""
    return rows_by_key(file, _quota, lambda quota: quota.address, refused("has a quota"))


def _quota(row: str, where: str) -> Quota | Problem:
    name, _, size = (part.strip() for part in row.partition(":"))
    try:
        address = values.mailbox_address(name)
    except ValueError as error:
        return Problem(where, f"{shown(name)} {error}")
    try:
        return Quota(address, values.byte_size(size), where)
    except ValueError as error:
        return Problem(where, f"{shown(size)} {error} (user@domain:5G)")
