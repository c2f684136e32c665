"""Live: the running configuration is kept equal to what the sources say, one pass at a time."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from mailwright.apply.generations import Generations
from mailwright.apply.install import Applied, install
from mailwright.apply.outcome import Outcome, store
from mailwright.apply.reload import settle
from mailwright.core import paths
from mailwright.core.problems import ConfigurationError, Problem, counted, errors, printable, warnings
from mailwright.host import generated_secrets, state
from mailwright.host.log import Log
from mailwright.host.read import Places, read
from mailwright.model.mailserver import Mailserver, build
from mailwright.model.reading import Reading
from mailwright.services import folders

MANY = 2000  # accounts and aliases


@dataclass(frozen=True, slots=True)
class Watched:
    """What to look at for changes, how often, and what was seen there before the last pass read it."""

    config: str
    files: tuple[str, ...]
    poll: float
    seen: Mapping[str, Sequence[int]]
    large: bool = False

    def save(self) -> None:
        """The watching process finds this afterwards."""
        names = ("config", "files", "poll", "seen", "large")
        store(Path(paths.WATCHED), {name: getattr(self, name) for name in names})


def settled_reading(places: Places, environ: Mapping[str, str]) -> tuple[Reading, Watched]:
    """All that is to be read, with the state's folders and our own secrets there, and what to watch from now on."""
    reading = read(places, environ)
    state.prepare(folders(reading.settings))
    reading = generated_secrets.with_kept(reading)
    files = tuple(sorted(reading.sources.files))
    return reading, Watched(str(places.config), files, reading.settings.dms_config_poll, reading.stamps)


@contextmanager
def alone() -> Iterator[None]:
    """No other process applies a configuration meanwhile."""
    with Path(paths.LOCK).open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def converge(places: Places, log: Log) -> Outcome:
    """What runs is what the sources say afterwards, or stays as it is where they can't be; told once in the log."""
    with alone():
        before = Outcome.load()
        try:
            environ = json.loads(Path(paths.ENVIRON).read_text(encoding="utf-8"))
            reading, watched = settled_reading(places, environ)
            watched.save()
            mailserver = build(reading)
            log.level = mailserver.settings.log_level
            replace(watched, large=is_large(mailserver)).save()
            applied = install(mailserver, Generations())
            outcome = _settled(mailserver, applied, before, log)
        except ConfigurationError as error:
            wrong, doubts = errors(error.problems), warnings(error.problems)
            outcome = replace(before, problems=_texts(wrong), warnings=_texts(doubts))
            _tell(before, outcome, list(error.problems), log)
            if outcome.new_since(before).problems:
                log.say("error", f"{counted(errors(error.problems))}; keeping the running configuration")
        outcome.save()
        return outcome


def failed(error: Exception, log: Log) -> Outcome:
    """The outcome of a pass that broke: nothing that runs is touched, and whoever looks is told."""
    before = Outcome.load()
    text = f"mailwright: could not look at the configuration: {type(error).__name__}: {printable(str(error))}"
    outcome = replace(before, problems=(text,))
    if outcome.new_since(before).problems:
        log.say("error", text)
    outcome.save()
    return outcome


def is_large(mailserver: Mailserver) -> bool:
    """Whether reading everything anew takes so long that what was read is better kept in memory."""
    return len(mailserver.directory.accounts) + len(mailserver.directory.aliases) > MANY


def _settled(mailserver: Mailserver, applied: Applied, before: Outcome, log: Log) -> Outcome:
    """The outcome of a pass that was not refused, the daemons having taken it up."""
    was_settled = before.generation == applied.before
    problems = [*mailserver.warnings, *applied.warnings]
    took: list[str | Problem] = []
    if applied.difference or not was_settled:
        took = list(settle(mailserver, applied, settled=was_settled))
    problems += [it for it in took if isinstance(it, Problem)]
    done = [it for it in took if isinstance(it, str)]
    changed = [file.path for file in applied.difference.changed] + list(applied.difference.gone)
    if mailserver.settings.tz != os.environ.get("TZ", ""):
        problems.append(Problem("TZ", "a changed time zone takes effect at the next start", "", True))
    taken_up = "; ".join(done) or ("live at once" if not took else "see above")
    last = f"applied {_files(changed)}; {taken_up}" if changed or done else before.last_change
    now = datetime.now(UTC).isoformat(timespec="seconds") if changed or done else before.applied_at
    outcome = Outcome(applied.number, now, last, _texts(errors(problems)), _texts(warnings(problems)))
    _tell(before, outcome, problems, log)
    if changed or done:
        log.say("info", last)
    elif before.problems and not errors(problems):
        log.say("info", "what was wrong is mended; the running configuration is what the files say")
    return outcome


def _files(paths_: list[str]) -> str:
    return f"{len(paths_)} file{'' if len(paths_) == 1 else 's'} ({', '.join(paths_)})"


def _texts(problems: list[Problem]) -> tuple[str, ...]:
    return tuple(str(problem) for problem in problems)


def _tell(before: Outcome, outcome: Outcome, problems: list[Problem], log: Log) -> None:
    """The Problems that were not told at the last pass."""
    new = outcome.new_since(before)
    log.problems(problem for problem in problems if str(problem) in (*new.problems, *new.warnings))


def remember(watched: Watched, mailserver: Mailserver, applied: Applied, told: Sequence[Problem]) -> None:
    """What the first pass, at boot, leaves for those that follow."""
    store(Path(paths.ENVIRON), dict(os.environ))
    replace(watched, large=is_large(mailserver)).save()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    Outcome(applied.number, now, "started", (), _texts(list(told))).save()
