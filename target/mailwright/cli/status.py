"""status: the running server on one screen."""

from __future__ import annotations

import json
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from mailwright import __version__, health, paths
from mailwright.certificates import Certificate, certificate
from mailwright.cli.words import as_json, example
from mailwright.control import supervisor
from mailwright.doctor.local import queued
from mailwright.outcome import Outcome
from mailwright.problems import Exit
from mailwright.usage import size

ETC = Path("/etc")


@click.command("status", **example("setup status", "setup status --json"))
@as_json
def status(as_json: bool) -> None:
    """Print services, ports, queue, last change, Problems, certificates, accounts and disk."""
    found = look()
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        for line in screen(found):
            click.echo(line)
    raise SystemExit(Exit.FINDINGS if found["problems"] or "error" in found["services"] else Exit.OK)


def look() -> dict[str, Any]:
    """All that status tells, as plain values."""
    outcome, waiting = Outcome.load(), queued()
    return {
        "version": __version__,
        "services": _services(),
        "ports": _ports(),
        "queue": None
        if waiting is None
        else {"mails": len(waiting), "oldest": _age(min(waiting, default=time.time()))},
        "last_change": {"at": outcome.applied_at, "what": outcome.last_change, "generation": outcome.generation},
        "problems": list(outcome.problems),
        "warnings": list(outcome.warnings),
        "certificates": _certificates(),
        "accounts": _rows("dovecot/userdb"),
        "aliases": _rows("postfix/virtual"),
        "domains": _rows("postfix/domains"),
        "disk": {path: _free(path) for path in (paths.MAIL, paths.STATE, paths.LOG)},
    }


def _services() -> dict[str, str]:
    try:
        states = supervisor().getAllProcessInfo()
    except OSError:
        return {"error": "no mail server runs in this container"}
    return {it["name"]: f"{it['statename'].lower()}, {it['description']}" for it in states}


def _ports() -> dict[str, str]:
    probes = ETC / health.PROBES
    lines = probes.read_text(encoding="utf-8").splitlines() if probes.exists() else []
    return {f"{line.split()[3]} {line.split()[1]}": health.silent_port(line) or "open" for line in lines}


def _certificates() -> list[dict[str, Any]]:
    found = []
    for prefix in ("", "fallback_"):
        chain, key = (ETC / "dms" / "tls" / f"{prefix}{name}" for name in ("cert", "key"))
        if chain.exists() and key.exists():
            held = certificate(chain.read_text(), key.read_text(), str(chain), str(key))
            if isinstance(held, Certificate):
                days = (held.not_after - datetime.now(UTC)).days
                found.append({"names": list(held.names), "days": days, "fingerprint": held.fingerprint})
    return found


def _rows(path: str) -> int:
    file = ETC / path
    return file.read_bytes().count(b"\n") if file.exists() else 0


def _age(since: float) -> str:
    return str(timedelta(seconds=int(time.time() - since)))


def _free(path: str) -> dict[str, int] | None:
    try:
        usage = shutil.disk_usage(path)
    except OSError:
        return None
    return {"free": usage.free, "total": usage.total}


def screen(found: dict[str, Any]) -> list[str]:
    """What ``look`` found, in lines."""
    queue, change = found["queue"], found["last_change"]
    lines = [f"Mailwright {found['version']}"]
    lines += [f"{'service' if not i else '':<13}{name}: {it}" for i, (name, it) in enumerate(found["services"].items())]
    lines += [f"{'port' if not i else '':<13}{name}: {it}" for i, (name, it) in enumerate(found["ports"].items())]
    waits = "not known" if queue is None else f"{queue['mails']} mails, the oldest waits for {queue['oldest']}"
    lines += [f"{'queue':<13}{waits if queue is None or queue['mails'] else 'empty'}"]
    lines += [f"{'last change':<13}{change['at'] or 'not known'} {change['what']}".rstrip()]
    lines += [f"{'problem':<13}{it}" for it in found["problems"]]
    lines += [f"{'warning':<13}{it}" for it in found["warnings"]]
    lines += [f"{'certificate':<13}{', '.join(it['names'])}: {it['days']} days left" for it in found["certificates"]]
    counts = f"{found['accounts']}, aliases {found['aliases']}, domains {found['domains']}"
    lines += [f"{'accounts':<13}{counts}"]
    disks = {path: it for path, it in found["disk"].items() if it}
    lines += [f"{'disk':<13}{path}: {size(it['free'])} free of {size(it['total'])}" for path, it in disks.items()]
    return lines
