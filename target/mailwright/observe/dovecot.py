"""What Dovecot knows of the accounts while it runs: what they store, and the sessions that are open."""

from __future__ import annotations

import math
import subprocess
import time
from collections.abc import Mapping

from mailwright.core import paths
from mailwright.core.values import Address

KIB = 1024


def quotas() -> dict[str, tuple[int, int]]:
    """Account → bytes stored and the limit (0: none), as ``doveadm quota get`` says; nothing when Dovecot is off."""
    done = subprocess.run(
        ("/usr/bin/doveadm", "-f", "tab", "quota", "get", "-A"), capture_output=True, text=True, check=False
    )
    found: dict[str, tuple[int, int]] = {}
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    heads = lines[0] if lines else []
    for line in lines[1:]:
        row = dict(zip(heads, line, strict=False))
        if row.get("type", row.get("Type")) == "STORAGE":
            name = row.get("username", row.get("Username", ""))
            found[name] = (_kib(row.get("value", row.get("Value", ""))), _kib(row.get("limit", row.get("Limit", ""))))
    return found


def _kib(text: str) -> int:
    return int(text) * KIB if text.isdigit() else 0


def shown(stored: tuple[int, int] | None) -> dict[str, str | None]:
    """``used``, ``limit`` and ``percent`` in words."""
    if not stored:
        return {"used": None, "limit": None, "percent": None}
    used, limit = stored
    return {
        "used": size(used),
        "limit": size(limit) if limit else "unlimited",
        "percent": str(round(100 * used / limit)) if limit else None,
    }


def size(count: int) -> str:
    """``count`` bytes in the largest unit that leaves at least one."""
    for power, unit in ((4, "T"), (3, "G"), (2, "M"), (1, "k")):
        if count >= KIB**power:
            return f"{count / KIB**power:.1f}".removesuffix(".0") + unit
    return f"{count}B"


def kick(address: str) -> None:
    """The account has no open session afterwards."""
    subprocess.run(("/usr/bin/doveadm", "kick", address), capture_output=True, check=False)  # noqa: S603


def wait_for_logins(changed: Mapping[str, bool | None]) -> None:
    """Dovecot lets everybody in, or not, as ``changed`` says: account → there, gone, or None for a new password.

    It looks at its passwd-file once a second; where it can't be asked whether it has, the second is waited out.
    """
    next_second = math.floor(time.time()) + 1.02
    for name, there in changed.items() or (("", None),):
        while time.time() < next_second and (there is None or has_login(name) is not there):
            time.sleep(0.02)


def has_login(name: str) -> bool:
    """Whether Dovecot knows the account."""
    return not subprocess.run(("/usr/bin/doveadm", "user", name), capture_output=True, check=False).returncode  # noqa: S603


def folder(address: Address) -> str:
    """Where the account's mail lies."""
    return f"{paths.MAIL}/{address.domain}/{address.local}"
