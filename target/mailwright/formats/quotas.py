"""Quotas: ``dovecot-quotas.cf``, one ``user@domain:SIZE`` a line; 0 is no limit."""

from __future__ import annotations

from typing import NamedTuple

from mailwright.core import values
from mailwright.core.problems import Problem, shown
from mailwright.core.textfile import TextFile


class Quota(NamedTuple):
    """What the mailbox ``address`` may store, in bytes; 0: without limit."""

    address: values.Address
    limit: int
    where: str


def quotas(file: TextFile) -> tuple[list[Quota], list[Problem]]:
    """The quotas of ``file`` in its order, and a Problem for each line that is none."""
    found: dict[str, Quota] = {}
    problems = []
    for number, row in file.rows():
        name, _, size = (part.strip() for part in row.partition(":"))
        where = file.at(number)
        try:
            quota = Quota(values.mailbox_address(name), _size(size), where)
        except ValueError as error:
            problems.append(Problem(where, str(error) if "size" in str(error) else f"{shown(name)} {error}"))
            continue
        if quota.address in found:
            first = found[quota.address].where
            problems.append(Problem(where, f"{quota.address} has a quota already", f"see {first}"))
        found.setdefault(quota.address, quota)
    return list(found.values()), problems


def _size(text: str) -> int:
    try:
        return values.byte_size(text)
    except ValueError as error:
        raise ValueError(f"{shown(text)} {error} (user@domain:5G)") from None
