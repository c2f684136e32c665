"""status: the running server on one screen."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from mailwright import __version__
from mailwright.apply.outcome import Outcome
from mailwright.cli.arguments import as_json, example
from mailwright.core import paths
from mailwright.core.problems import Exit
from mailwright.formats.certificates import Certificate, certificate, is_self_signed
from mailwright.host import read
from mailwright.host.supervisor import supervisor
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.provisioners import file
from mailwright.observe import machine, ports
from mailwright.observe.dovecot import size

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
    raise SystemExit(Exit.FINDINGS if found["problems"] or found["services"] is None else Exit.OK)


def look() -> dict[str, Any]:
    """All that status tells, as plain values; None stands for what is not known. The keys stay."""
    outcome, now = Outcome.load(), time.time()
    waiting = machine.queue()
    seen = {path: machine.volume(path) for path in (paths.MAIL, paths.STATE, paths.LOG)}
    return {
        "version": __version__,
        "hostname": os.uname().nodename,
        "services": _services(now),
        "ports": _ports(),
        "queue": None
        if isinstance(waiting, str)
        else {"mails": len(waiting), "oldest_seconds": int(now - min((it.arrived for it in waiting), default=now))},
        "last_change": {"at": outcome.applied_at, "what": outcome.last_change, "generation": outcome.generation}
        if outcome.applied_at
        else None,
        "problems": list(outcome.problems),
        "warnings": list(outcome.warnings),
        "certificates": _certificates(),
        **_people(),
        "disk": {
            path: None if isinstance(it, str) else {"free_bytes": it.free, "total_bytes": it.total}
            for path, it in seen.items()
        },
    }


def _services(now: float) -> dict[str, dict[str, Any]] | None:
    try:
        states = supervisor().getAllProcessInfo()
    except OSError:
        return None
    return {
        it["name"]: {
            "state": it["statename"].lower(),
            "uptime_seconds": max(0, int(now - it["start"])) if it["statename"] == "RUNNING" else None,
            "why": it["spawnerr"],
        }
        for it in states
    }


def _ports() -> dict[str, str]:
    """``25 smtp`` → ``open``, or why it does not greet."""
    lines = ports.PROBES.read_text(encoding="utf-8").splitlines() if ports.PROBES.exists() else []
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(ports.silent_port, lines))
    names = [f"{line.split()[3]} {line.split()[1]}" for line in lines]
    return {name: text or "open" for name, text in zip(names, said, strict=True)}


def _certificates() -> list[dict[str, Any]]:
    """The certificates that the daemons show now."""
    found = []
    for prefix in ("", "fallback_"):
        chain, key = (ETC / "dms" / "tls" / f"{prefix}{name}" for name in ("cert", "key"))
        if chain.exists() and key.exists():
            held = certificate(chain.read_text(), key.read_text(), str(chain), str(key))
            if isinstance(held, Certificate):
                found.append(
                    {
                        "names": list(held.names),
                        "not_after": held.not_after.isoformat(),
                        "days_left": (held.not_after - datetime.now(UTC)).days,
                        "self_signed": is_self_signed(held.chain),
                        "fingerprint": held.fingerprint,
                    }
                )
    return found


def _people() -> dict[str, int]:
    """How many accounts, aliases and domains the operator has written down."""
    found, _ = file.directory(ConfigFolder(read.read_folder(Path(paths.CONFIG))))
    return {"accounts": len(found.accounts), "aliases": len(found.aliases), "domains": len(found.domains)}


def screen(found: dict[str, Any]) -> list[str]:
    """What ``look`` found, in lines."""
    lines = [f"Mailwright {found['version']} on {found['hostname']}"]
    for heading, texts in _parts(found):
        lines += [f"{heading if not number else '':<13}{text}" for number, text in enumerate(texts)]
    return lines


def _parts(found: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    queue, change = found["queue"], found["last_change"]
    services = found["services"]
    running = [_service(name, it) for name, it in (services or {}).items()]
    yield "services", running or ["no mail server runs in this container"]
    ports = [f"{name} {text}" for name, text in found["ports"].items() if text != "open"]
    opened = [name for name, text in found["ports"].items() if text == "open"]
    yield "ports", [f"open: {', '.join(opened)}"] * bool(opened) + ports
    if queue is None:
        yield "queue", ["not known"]
    else:
        waits = f"{queue['mails']} waiting, the oldest for {_age(queue['oldest_seconds'])}"
        yield "queue", [waits if queue["mails"] else "empty"]
    yield "last change", [f"{change['at']} {change['what']}".rstrip() if change else "not known"]
    yield "problems", found["problems"]
    yield "warnings", found["warnings"]
    for it in found["certificates"]:
        kind = ", self-signed" if it["self_signed"] else ""
        yield "certificate", [f"{', '.join(it['names'])}: {it['days_left']} days left{kind}"]
    yield "accounts", [f"{found['accounts']}, aliases {found['aliases']}, domains {found['domains']}"]
    yield (
        "disk",
        [
            f"{path}: {size(it['free_bytes'])} free of {size(it['total_bytes'])}" if it else f"{path}: not known"
            for path, it in found["disk"].items()
        ],
    )


def _service(name: str, it: dict[str, Any]) -> str:
    since = f" for {_age(it['uptime_seconds'])}" if it["uptime_seconds"] is not None else ""
    return f"{name} {it['state']}{since}{': ' if it['why'] else ''}{it['why']}"


def _age(seconds: int) -> str:
    return str(timedelta(seconds=seconds))
