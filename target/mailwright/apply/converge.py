"""Converge: one pass applies the sources; if they are refused, the running configuration is kept."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from mailwright.apply import report, vanished
from mailwright.apply.causes import NETWORKS, causes, edited, of_certificate, requested
from mailwright.apply.generations import Generations
from mailwright.apply.install import Applied, install
from mailwright.apply.outcome import Outcome
from mailwright.apply.report import Pass
from mailwright.core import paths
from mailwright.core.problems import ConfigurationError, Problem
from mailwright.host import files as host_files
from mailwright.host import generated_secrets, stamps, state
from mailwright.host.log import Log
from mailwright.host.read import Places, read
from mailwright.host.stamps import changed, look
from mailwright.model.building import build
from mailwright.model.mailserver import Mailserver
from mailwright.model.reading import Reading
from mailwright.services import folders

MANY = 2000  # accounts and aliases


@dataclass(frozen=True, slots=True)
class Watched:
    """What to look at for changes, how often, and what was seen there before the last pass read it."""

    config: str = paths.CONFIG
    files: tuple[str, ...] = ()
    poll: float = 2.0
    seen: Mapping[str, Sequence[int]] = field(default_factory=dict)
    large: bool = False
    filled: tuple[str, ...] = ()  # files of the running configuration that must not vanish
    served: tuple[str, ...] = ()  # further names whose certificates must not vanish either

    def save(self) -> None:
        """The watching process finds this afterwards."""
        host_files.write(Path(paths.WATCHED), json.dumps(asdict(self)), 0o600)

    @classmethod
    def load(cls) -> Watched:
        """What the last pass saved."""
        return cls(**json.loads(Path(paths.WATCHED).read_text(encoding="utf-8")))

    def changed(self, seen: Mapping[str, Sequence[int]]) -> list[str]:
        """The watched files that ``seen`` shows changed; those in the config folder by their names in it.

        Files of the state are left out, since passes themselves write them; but for certificates that a CA issued.
        """
        below, state_files, issued = f"{self.config}/", f"{paths.STATE}/", paths.ACME_LIVE
        watched = [path for path in self.files if not path.startswith(state_files) or path.startswith(issued)]
        different = changed(self.seen, seen)
        known = [
            path
            for path in different
            if path.startswith(below) or path in watched or path.rpartition("/")[0] in watched  # new in such a folder
        ]
        named = [of_certificate(path) or path.removeprefix(below) for path in known if path != issued]
        networks = [NETWORKS] if any(path in stamps.NETWORKS for path in different) else []
        return named + networks


def settled_reading(places: Places, environ: Mapping[str, str], log: Log) -> tuple[Reading, Watched]:
    """All that is to be read, with the state's folders and our own secrets there, and what to watch from now on."""
    reading = read(places, environ)
    if not Path(paths.RENDERED).exists():  # a start: nothing runs that has another form
        log.as_json = reading.settings.log_format == "json"
    for text in state.prepare(folders(reading.settings)):
        log.say("info", text)
    reading = generated_secrets.with_kept(reading)
    files = tuple(sorted(reading.sources.files))
    filled = vanished.filled(reading)
    return reading, Watched(str(places.config), files, reading.settings.dms_config_poll, reading.stamps, filled=filled)


@contextmanager
def alone() -> Iterator[None]:
    """No other process applies a configuration meanwhile."""
    with host_files.lock_file(paths.LOCK) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def converge(places: Places, log: Log, requests: Iterable[bytes] = ()) -> Outcome:
    """The outcome of one pass, which the lines ``requests`` asked for, if any; the log says what it did and why."""
    requests = tuple(requests)
    with alone():
        before, last = Outcome.load(), Watched.load()
        causes_now = causes(last.changed(look(last.config, last.files)), requests)
        try:
            environ = json.loads(Path(paths.ENVIRON).read_text(encoding="utf-8"))
            reading, watched = settled_reading(places, environ, log)
            causes_now = causes(last.changed(watched.seen), requests)
            # What runs, until this pass has succeeded.
            replace(watched, large=last.large, filled=last.filled, served=last.served).save()
            if lost := vanished.problems(last.filled, reading, edited(map(requested, requests))):
                raise ConfigurationError(lost)
            mailserver = build(reading)
            if lost := vanished.certificates(last.served, mailserver):
                raise ConfigurationError(lost)
            log.level = mailserver.settings.log_level
            applied = install(mailserver, Generations())
            replace(watched, large=is_large(mailserver), served=vanished.served(mailserver)).save()
            outcome = report.applied(mailserver, applied, Pass(before, causes_now, log))
        except ConfigurationError as error:
            outcome = report.refused(error.problems, Pass(before, causes_now, log))
        outcome.save()
        return outcome


def failed(error: Exception, log: Log, requests: Iterable[bytes] = ()) -> Outcome:
    """The outcome of a pass that ended with ``error``; nothing that runs is touched."""
    outcome = report.broken(error, Pass(Outcome.load(), causes((), requests), log))
    outcome.save()
    return outcome


def is_large(mailserver: Mailserver) -> bool:
    """Whether reading everything again takes so long that it is better kept in memory."""
    return len(mailserver.directory.accounts) + len(mailserver.directory.aliases) > MANY


def remember(watched: Watched, mailserver: Mailserver, applied: Applied, problems: Sequence[Problem]) -> None:
    """What the first pass, at boot, leaves for the passes that follow."""
    host_files.write(Path(paths.ENVIRON), json.dumps(dict(os.environ)), 0o600)
    replace(watched, large=is_large(mailserver), served=vanished.served(mailserver)).save()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    Outcome(applied.number, now, "started", (), tuple(str(problem) for problem in problems)).save()
