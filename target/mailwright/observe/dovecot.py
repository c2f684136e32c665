"""What Dovecot says about the accounts while it runs: how much mail they store."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mailwright.core import paths
from mailwright.core.values import Address
from mailwright.host.commands import run

KIB = 1024


def users() -> list[str] | None:
    """All accounts, as Dovecot lists them; None if it can't: it does not run, or where they are does not answer."""
    listed = run(("/usr/bin/doveadm", "user", "*"))
    return sorted(listed.output.split()) if listed.code == 0 else None


def quotas() -> dict[str, tuple[int, int]]:
    """Account → bytes stored and the limit (0: none), from ``doveadm quota get``; empty when Dovecot does not run."""
    return {
        row.get("username", row.get("Username", "")): storage
        for row, storage in _storage(run(("/usr/bin/doveadm", "-f", "tab", "quota", "get", "-A")).output)
    }


def quota(account: str) -> tuple[int, int] | None:
    """The bytes that the account stores and its limit (0: none); None when Dovecot does not say."""
    listed = run(("/usr/bin/doveadm", "-f", "tab", "quota", "get", "-u", account)).output
    return next((storage for _, storage in _storage(listed)), None)


def _storage(listed: str) -> Iterator[tuple[dict[str, str], tuple[int, int]]]:
    """Each row of doveadm's table about storage, and its bytes and limit."""
    lines = [line.split("\t") for line in listed.splitlines()]
    heads = lines[0] if lines else []
    for line in lines[1:]:
        row = dict(zip(heads, line, strict=False))
        if row.get("type", row.get("Type")) == "STORAGE":
            yield row, (_kib(row.get("value", row.get("Value", ""))), _kib(row.get("limit", row.get("Limit", ""))))


def _kib(text: str) -> int:
    return int(text) * KIB if text.isdigit() else 0


def usage(stored: tuple[int, int] | None) -> dict[str, int | None]:
    """``used_bytes`` and ``limit_bytes`` (0: no limit) and ``percent``; None where it is not known."""
    if not stored:
        return {"used_bytes": None, "limit_bytes": None, "percent": None}
    used, limit = stored
    return {"used_bytes": used, "limit_bytes": limit, "percent": round(100 * used / limit) if limit else None}


def size(count: int) -> str:
    """``count`` bytes in the largest unit that leaves at least one."""
    for power, unit in ((4, "T"), (3, "G"), (2, "M"), (1, "k")):
        if count >= KIB**power:
            return f"{count / KIB**power:.1f}".removesuffix(".0") + unit
    return f"{count}B"


def iec(count: int) -> str:
    """``count`` bytes as ``numfmt --to=iec`` prints them: rounded up, one decimal below ten."""
    for power, unit in ((4, "T"), (3, "G"), (2, "M"), (1, "K")):
        if count >= KIB**power:
            tenths = -(-count * 10 // KIB**power)
            return f"{tenths // 10}.{tenths % 10}{unit}" if tenths < 100 else f"{-(-count // KIB**power)}{unit}"
    return str(count)


def _limit(limit: int) -> str:
    return size(limit) if limit else "unlimited"


# For a table.
FORMATS: dict[str, Callable[[int], str]] = {"used_bytes": size, "limit_bytes": _limit, "quota_bytes": _limit}


def folder(address: Address) -> str:
    """The folder of the account's mail."""
    return f"{paths.MAIL}/{address.domain}/{address.local}"
