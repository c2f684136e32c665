"""Reload: each daemon takes up what changed on disk with the least that does it: nothing, a reload, a restart."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from mailwright.apply.install import Applied
from mailwright.core.problems import Problem
from mailwright.core.tree import Effect, effects
from mailwright.host.commands import run
from mailwright.host.supervisor import supervisor
from mailwright.model.mailserver import Mailserver
from mailwright.render.supervisord import SUPERVISORD
from mailwright.render.tree import enabled
from mailwright.services.declaration import Reload, Service
from mailwright.services.watch import WATCH

PATIENCE = 60  # seconds; a reload that hangs must not keep every later change waiting
ALREADY = ("NOT_RUNNING", "ALREADY_STARTED")


def settle(mailserver: Mailserver, applied: Applied, *, settled: bool) -> Iterator[str | Problem]:
    """What each service did to take up ``applied``, and a Problem for each that could not.

    All services reload unless the generation before was ``settled``: otherwise what they have read is not known.
    """
    services = {service.name: service for service in enabled(mailserver)}
    wanted = effects(applied.difference.changed, applied.difference.gone)
    if not settled:
        wanted = dict.fromkeys(services, Effect.RELOAD) | {"supervisor": Effect.RESTART}
    started: set[str] = set()
    if wanted.pop("supervisor", None) is Effect.RESTART:
        started = yield from _programs()
        if applied.before and _head(applied.texts[SUPERVISORD]) != _head(applied.generation.text(SUPERVISORD)):
            what = "its own settings (such as SUPERVISOR_LOGLEVEL) take effect at the next start"
            yield Problem("supervisord", what, "", True)
    for name, service in services.items():
        effect = wanted.get(name, Effect.NOTHING)
        if effect is not Effect.NOTHING and name not in started:
            yield from _taken_up(service, applied, effect)


def _taken_up(service: Service, applied: Applied, effect: Effect) -> Iterator[str | Problem]:
    reload = service.reload
    reason = "" if effect is Effect.RELOAD else "its configuration is read at its start only"
    if applied.before and applied.texts:
        old = stated("\n".join(applied.texts[path] for path in reload.paths), reload)
        new = stated("\n".join(map(applied.generation.text, reload.paths)), reload)
        differing = ", ".join(name for name in (*reload.restarts, *reload.blocks) if old.get(name) != new.get(name))
        reason = f"{differing} changed" if differing else reason
    if reason or not reload.command:
        restart(service.name)
        yield f"restarted {service.name}: {reason or 'it cannot reload'}"
        return
    done = run(reload.command, limit=PATIENCE)
    if not done:
        yield Problem(service.name, f"did not reload: {done.reason}")
        return
    yield f"reloaded {service.name}"


def stated(text: str, reload: Reload) -> dict[str, str]:
    """What needs a restart when it changes: each parameter's last value in ``text``, and the names of the blocks."""
    values_of = {}
    for name in reload.restarts:
        values = re.findall(rf"^[ \t]*{name}[ \t]*=(.*(?:\n[ \t]+\S.*)*)", text, re.MULTILINE)
        if values:
            values_of[name] = " ".join(values[-1].split())
    for kind in reload.blocks:
        values_of[kind] = " ".join(sorted(set(re.findall(rf"^[ \t]*{kind}[ \t]+(\S+)[ \t]*{{", text, re.MULTILINE))))
    return values_of


def restart(*names: str) -> None:
    """The programs have been stopped, the last first, and started again afterwards."""
    proxy = supervisor()
    calls = [*((proxy.stopProcess, name) for name in reversed(names)), *((proxy.startProcess, name) for name in names)]
    for call, name in calls:
        try:
            call(name)
        except Exception as error:  # xmlrpc's Fault; anything else goes on
            if not any(word in str(error) for word in ALREADY):
                raise


def _programs() -> Generator[str, None, set[str]]:
    """Supervisord runs the programs that its file names now; gives the names of those that were started."""
    proxy = supervisor()
    [[added, changed, removed]] = proxy.reloadConfig()
    changed = [name for name in changed if name != WATCH.name]  # it would stop itself half-way
    for name in (*removed, *changed):
        proxy.stopProcessGroup(name)
        proxy.removeProcessGroup(name)
    for name in (*changed, *added):
        proxy.addProcessGroup(name)
    for word, names in (("stopped", removed), ("restarted", changed), ("started", added)):
        if names:
            yield f"{word} {', '.join(names)}"
    return {*changed, *added}


def _head(text: str) -> str:
    return text.partition("[program:")[0]
