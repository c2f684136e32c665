"""status: the running server on one screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from mailwright.apply.outcome import Outcome
from mailwright.cli import output
from mailwright.cli.output import as_json, example
from mailwright.core import paths
from mailwright.core.problems import Exit
from mailwright.core.values import amount
from mailwright.observe.dovecot import size
from mailwright.observe.status import look


@click.command("status", **example("setup status", "setup status --json"))
@as_json
def status(as_json: bool) -> None:
    """Print services, ports, queue, last change, Problems, certificates, accounts and disk."""
    seen = look(last_pass(Outcome.load()) | {"issuance": issuance()})
    if as_json:
        output.show_json(seen)
    else:
        output.show_lines(screen(seen))
    raise SystemExit(Exit.FINDINGS if seen["problems"] or seen["away"] or seen["services"] is None else Exit.OK)


def last_pass(outcome: Outcome) -> dict[str, Any]:
    """What status shows of the last pass over the configuration."""
    change = {"at": outcome.applied_at, "what": outcome.last_change, "generation": outcome.generation}
    return {
        "last_change": change if outcome.applied_at else None,
        "problems": list(outcome.problems),
        "warnings": list(outcome.warnings),
    }


def issuance() -> list[dict[str, Any]]:
    """The certificates that the server gets itself; none where they come from elsewhere."""
    from mailwright.issuance import observed, plan  # not needed by most servers

    found = plan.load() if Path("/etc", paths.ACME_PLAN).exists() else None
    return observed.rows(found) if found else []


def screen(seen: dict[str, Any]) -> list[str]:
    """What ``look`` has seen, in lines."""
    lines = [f"Mailwright {seen['version']} on {seen['hostname']}"]
    for heading, texts in _parts(seen):
        lines += [f"{'' if number else heading:<13}{text}" for number, text in enumerate(texts)]
    return lines


def _parts(seen: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    queue, change = seen["queue"], seen["last_change"]
    running = [_service(name, service) for name, service in (seen["services"] or {}).items()]
    yield "services", running or [output.styled("no mail server runs in this container", "error")]
    silent = [output.styled(f"{_port(one)} {one['state']}", "error") for one in seen["ports"] if one["state"] != "open"]
    opened = [_port(one) for one in seen["ports"] if one["state"] == "open"]
    yield "ports", [f"open: {', '.join(opened)}"] * bool(opened) + silent
    yield "away", [output.styled(text, "error") for text in seen["away"]]
    services = seen["services"] or {"postfix": {}, "dovecot": {}}
    if queue is None:
        yield "queue", ["not known"] * ("postfix" in services)
    else:
        waits = f"{queue['mails']} waiting, the oldest for {_age(queue['oldest_seconds'])}"
        yield "queue", [waits if queue["mails"] else "empty"]
    yield "last change", [output.styled(f"{change['at']} {change['what']}".rstrip() if change else "not known")]
    yield "problems", [output.styled(text, "error") for text in seen["problems"]]
    yield "warnings", [output.styled(text, "warning") for text in seen["warnings"]]
    for used in seen["certificates"]:
        kind = ", self-signed" if used["self_signed"] else ""
        text = f"{', '.join(used['names'])}: {amount(used['days_left'], 'day')} left{kind}"
        yield "certificate", [output.styled(text)]
    for row in seen["issuance"]:
        if row["error"]:
            yield "certificate", [output.styled(f"{row['name']}: {row['error']}; {row['next']}", "error")]
    counts = ("not known" if seen[name] is None else seen[name] for name in ("accounts", "aliases", "domains"))
    yield "accounts", ["{}, aliases {}, domains {}".format(*counts)] * bool({"postfix", "dovecot"} & services.keys())
    yield "disk", [_disk(path, volume) for path, volume in seen["disk"].items()]


def _port(port: dict[str, Any]) -> str:
    return f"{port['port']} {port['name']}"


def _disk(path: str, volume: dict[str, int] | None) -> str:
    if not volume:
        return f"{path}: not known"
    return f"{path}: {size(volume['free_bytes'])} free of {size(volume['total_bytes'])}"


def _service(name: str, service: dict[str, Any]) -> str:
    uptime, why = service["uptime_seconds"], service["why"]
    line = f"{name} {service['state']}{f' for {_age(uptime)}' if uptime is not None else ''}{f': {why}' if why else ''}"
    return line if uptime is not None or service["state"] == "starting" else output.styled(line, "error")


def _age(seconds: int) -> str:
    return str(timedelta(seconds=seconds))
