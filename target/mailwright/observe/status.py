"""Status: the running server as plain values; None where something is not known."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailwright import __version__
from mailwright.core import paths
from mailwright.formats import accounts as account_rows
from mailwright.formats.aliases import aliases
from mailwright.formats.certificates import Certificate, certificate, is_self_signed
from mailwright.host import read
from mailwright.host.supervisor import supervisor
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.provisioners import file
from mailwright.observe import accounts, domains, elsewhere, machine, ports

ETC = Path("/etc")


def look(last_pass: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that ``setup status`` shows, ``last_pass`` included. The keys and their order are stable."""
    now = time.time()
    return {
        "version": __version__,
        "hostname": os.uname().nodename,
        "services": _services(now),
        "ports": _ports(),
        "away": list(elsewhere.away()),
        "queue": _queue(now),
        **last_pass,
        "certificates": _certificates(),
        **_directory(),
        "disk": {path: _disk(path) for path in (paths.MAIL, paths.STATE, paths.LOG)},
    }


def _services(now: float) -> dict[str, dict[str, Any]] | None:
    try:
        states = supervisor().getAllProcessInfo()
    except OSError:
        return None
    return {
        state["name"]: {
            "state": state["statename"].lower(),
            "uptime_seconds": max(0, int(now - state["start"])) if state["statename"] == "RUNNING" else None,
            "why": state["spawnerr"],
        }
        for state in states
    }


def _ports() -> list[dict[str, Any]]:
    """Each port with its number, name and state: ``open``, or why it does not greet."""
    lines = ports.PROBES.read_text(encoding="utf-8").splitlines() if ports.PROBES.exists() else []
    with ThreadPoolExecutor(8) as pool:
        reasons = list(pool.map(ports.silent_port, lines))
    return [
        {"port": int(words[3]), "name": words[1], "state": reason or "open"}
        for words, reason in zip(map(str.split, lines), reasons, strict=True)
    ]


def _queue(now: float) -> dict[str, int] | None:
    waiting = machine.queue()
    if isinstance(waiting, str):
        return None
    oldest = min((mail.arrived for mail in waiting), default=now)
    return {"mails": len(waiting), "oldest_seconds": int(now - oldest)}


def _certificates() -> list[dict[str, Any]]:
    """The certificates that the daemons use now."""
    used, folder = [], ETC / "dms" / "tls"
    for chain in (folder / "cert", folder / "fallback_cert", *sorted(folder.glob("sni/*.cert"))):
        key = chain.with_name(chain.name.removesuffix("cert") + "key")
        if chain.exists() and key.exists():
            parsed = certificate(chain.read_text(), key.read_text(), str(chain), str(key))
            if isinstance(parsed, Certificate):
                used.append(_certificate(parsed))
    return used


def _certificate(used: Certificate) -> dict[str, Any]:
    return {
        "names": list(used.names),
        "not_after": used.not_after.isoformat(),
        "days_left": (used.not_after - datetime.now(UTC)).days,
        "self_signed": is_self_signed(used.chain),
        "fingerprint": used.fingerprint,
    }


def _directory() -> dict[str, int | None]:
    """How many accounts and aliases the operator wrote, and in how many domains; None where they can't be listed."""
    if (ETC / "dovecot/accounts.conf").exists():
        users = accounts.users()
        known = domains.running(users, ETC)
        count = None if known.missing else len(known.names)
        return {"accounts": None if users is None else len(users), "aliases": domains.aliases(ETC), "domains": count}
    folder = ConfigFolder(read.read_folder(Path(paths.CONFIG)))
    written_accounts, _ = folder.parsed(file.ACCOUNTS, account_rows.accounts)
    written_aliases, _ = folder.parsed(file.VIRTUAL, aliases)
    written = {account.address.domain for account in written_accounts} | {alias.domain for alias in written_aliases}
    return {"accounts": len(written_accounts), "aliases": len(written_aliases), "domains": len(written)}


def _disk(path: str) -> dict[str, int] | None:
    volume = machine.volume(path)
    return None if isinstance(volume, str) else {"free_bytes": volume.free, "total_bytes": volume.total}
