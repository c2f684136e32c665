"""Report: the outcome of a pass, written to the log once and kept in the history."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mailwright import __version__
from mailwright.apply import history
from mailwright.apply.causes import Causes
from mailwright.apply.file_changes import FileChange
from mailwright.apply.history import Entry
from mailwright.apply.install import Applied
from mailwright.apply.outcome import Outcome
from mailwright.apply.reload import settle
from mailwright.core.problems import Problem, counted, errors, warnings
from mailwright.core.values import amount
from mailwright.host import failures
from mailwright.host.log import Log
from mailwright.model.mailserver import Mailserver


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass under way: the outcome before it, its causes, and the log for its outcome."""

    before: Outcome
    causes: Causes
    log: Log

    @property
    def all_causes(self) -> Causes:
        """The causes of this pass, and of those before it that were refused."""
        return self.before.waiting.joined(self.causes)

    def tell(self, outcome: Outcome, problems: Sequence[Problem]) -> None:
        """The log has those ``problems`` that the last pass did not have."""
        new = outcome.new_since(self.before)
        self.log.problems(problem for problem in problems if str(problem) in (*new.problems, *new.warnings))


def applied(mailserver: Mailserver, done: Applied, this: Pass) -> Outcome:
    """The outcome of a pass that was not refused; the daemons have taken it up."""
    before = this.before
    was_settled = before.generation == done.before
    problems = [*mailserver.warnings, *done.warnings]
    took: list[str | Problem] = []
    if done.difference or not was_settled:
        took = list(settle(mailserver, done, settled=was_settled))
    problems += [one for one in took if isinstance(one, Problem)]
    actions = [one for one in took if isinstance(one, str)]
    if mailserver.settings.tz != os.environ.get("TZ", ""):
        problems.append(Problem("TZ", "a changed time zone takes effect at the next start", "", True))
    outcome = Outcome(done.number, before.applied_at, before.last_change, _texts(errors(problems)), _warnings(problems))
    if not (done.changes or actions):
        this.tell(outcome, problems)
        if outcome.new_since(before).problems:
            _keep(this.all_causes, outcome, ())
        if before.problems and not errors(problems):
            this.log.say("info", "problems resolved; the running configuration matches the files")
        return outcome
    why = this.all_causes or _unnamed(was_settled)
    outcome = replace(outcome, applied_at=_now(), last_change=sentence(done.changes, why, actions, failed=bool(took)))
    this.tell(outcome, problems)
    this.log.say("info", outcome.last_change)
    _keep(why, outcome, done.changes, actions)
    return outcome


def refused(problems: Sequence[Problem], this: Pass) -> Outcome:
    """The outcome of a pass that was refused: the running configuration is kept, and its causes wait."""
    outcome = replace(
        this.before, problems=_texts(errors(problems)), warnings=_warnings(problems), waiting=this.all_causes
    )
    this.tell(outcome, problems)
    if outcome.new_since(this.before).problems:
        this.log.say("error", f"{counted(errors(problems))}; keeping the running configuration")
        _keep(this.causes, outcome, ())
    return outcome


def broken(error: Exception, this: Pass) -> Outcome:
    """The outcome of a pass that ended with an error: nothing that runs is touched."""
    text = f"could not look at the configuration: {failures.problem(error)}"
    outcome = replace(this.before, problems=(text,), waiting=this.all_causes)
    if outcome.new_since(this.before).problems:
        this.log.say("error", text)
        _keep(this.causes, outcome, ())
    return outcome


def started(services: Sequence[str], generation: int) -> None:
    """The history has the start of ``services``."""
    history.add(Entry.now(_start(), actions=(f"started {', '.join(services)}",), generation=generation))


def start_refused(problems: Sequence[Problem]) -> None:
    """The history has a start that ``problems`` prevented."""
    history.add(Entry.now(_start(), problems=_texts(errors(problems))))


def _start() -> Causes:
    """A start, of a new version if the last pass was made by another one."""
    last = next(reversed(history.entries()), None)
    update = (f"update from version {last.version} to {__version__}",) if last and last.version != __version__ else ()
    return Causes(events=("start", *update))


def sentence(changes: Sequence[FileChange], why: Causes, actions: Sequence[str], *, failed: bool) -> str:
    """``applied 1 file (postfix/main.cf: message_size_limit), because mailserver.env changed; reloaded postfix``."""
    listed = f" ({', '.join(map(str, changes))})" if changes else ""
    taken_up = "; ".join(actions) or ("see the errors" if failed else "live at once")
    what = f"applied {amount(len(changes), 'file')}{listed}" if changes else "took up the configuration again"
    return f"{what}, {why.clause()}; {taken_up}"


def _unnamed(was_settled: bool) -> Causes:
    """The cause of a change that neither a file nor a command explains."""
    return Causes(events=("the host or its network changed" if was_settled else "the last pass was interrupted",))


def _keep(why: Causes, outcome: Outcome, changes: tuple[FileChange, ...], actions: Sequence[str] = ()) -> None:
    entry = Entry.now(
        why, files=changes, actions=tuple(actions), problems=outcome.problems, generation=outcome.generation
    )
    history.add(entry)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _texts(problems: Sequence[Problem]) -> tuple[str, ...]:
    return tuple(str(problem) for problem in problems)


def _warnings(problems: Sequence[Problem]) -> tuple[str, ...]:
    return _texts(warnings(problems))
