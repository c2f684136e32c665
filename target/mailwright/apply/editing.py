"""Editing: changes to the config folder's files, one at a time, live when they are done, taken back when refused."""

from __future__ import annotations

import fcntl
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mailwright.apply.outcome import Outcome
from mailwright.apply.sessions import wait_for_logins
from mailwright.apply.watch_line import UnansweredError, WatchLine, watch_line
from mailwright.core import paths
from mailwright.core.problems import printable
from mailwright.core.values import amount
from mailwright.formats.rows import Rows
from mailwright.host.failures import volume_problem
from mailwright.host.files import rewrite
from mailwright.host.lock_holder import lock_holder

PATIENCE = 10.0  # seconds; many commands at once wait longer than that for each other, and tell so


class RefusedError(Exception):
    """The change can't be made, or can't go live; the message says why."""


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file of rows in the config folder."""

    name: str
    glue: str = " "


ACCOUNTS = ConfigFile("postfix-accounts.cf", "|")
ALIASES = ConfigFile("postfix-virtual.cf")
QUOTAS = ConfigFile("dovecot-quotas.cf", ":")
MASTERS = ConfigFile("dovecot-masters.cf", "|")
APP_PASSWORDS = ConfigFile("dovecot-app-passwords.cf", "|")
RELAY_MAP = ConfigFile("postfix-relaymap.cf")
RELAY_LOGINS = ConfigFile("postfix-sasl-password.cf")
ACCESS = {name: ConfigFile(f"postfix-{name}-access.cf") for name in ("send", "receive")}
OF_ACCOUNTS = (ACCOUNTS, ALIASES, QUOTAS)  # have no effect if accounts are elsewhere


@dataclass
class Changes:
    """The files as they are, and those that were changed since; written when the editing ends well."""

    config: Path
    elsewhere: str = ""  # where accounts are if not in OF_ACCOUNTS, in an operator's words
    before: dict[ConfigFile, Rows] = field(default_factory=dict)
    files_before: dict[str, str | None] = field(default_factory=dict)
    after: dict[ConfigFile, Rows] = field(default_factory=dict)
    files: dict[str, str | None] = field(default_factory=dict)  # whole files to write; None: to delete
    warnings: tuple[str, ...] = ()  # of the configuration with the changes, once it is live
    logins: dict[str, bool | None] = field(
        default_factory=dict
    )  # changed: True added, False removed, None new password
    user_keys: bool = False  # an account needs a key that its password opens (MAIL_CRYPT=user)

    def rows(self, file: ConfigFile) -> Rows:
        """The file as it is now, changes included; RefusedError if it has no effect here."""
        if self.elsewhere and file in OF_ACCOUNTS:
            raise RefusedError(f"accounts are in {self.elsewhere}; {file.name} has no effect: change them there")
        if file not in self.after:
            path = self.config / file.name
            text = path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else ""
            self.before[file] = self.after[file] = Rows(text, file.glue)
        return self.after[file]

    def backend(self, _address: str) -> str:
        """The node that holds the mail of an account; empty if it is this one."""
        return ""

    def put(self, file: ConfigFile, name: str, rest: str) -> None:
        """``file`` has ``rest`` behind ``name`` once the editing ends."""
        rows = self.rows(file)
        if file is ACCOUNTS:
            self.logins[name] = None if rows.get(name) is not None else True
        self.change(file, rows.put(name, rest))

    def drop(self, file: ConfigFile, name: str) -> None:
        """``file`` has no row of ``name`` once the editing ends."""
        if file is ACCOUNTS:
            self.logins[name] = False
        self.change(file, self.rows(file).without(name))

    def change(self, file: ConfigFile, rows: Rows) -> None:
        """``file`` holds ``rows`` once the editing ends."""
        self.rows(file)
        self.after[file] = rows

    def recipients(self) -> dict[str, list[str]]:
        """Each alias with its recipients from all of its rows."""
        recipients: dict[str, list[str]] = {}
        for name, rest in self.rows(ALIASES):
            recipients.setdefault(name.lower(), []).extend(rest.replace(",", " ").split())
        return recipients

    def lead(self, alias: str, recipients: list[str]) -> None:
        """``alias`` has one row with ``recipients``, in place of its first one; without recipients it has no row."""
        rows = self.rows(ALIASES)
        if not recipients or sum(name.lower() == alias for name, _ in rows) > 1:
            rows = rows.without(alias)
        self.change(ALIASES, rows.put(alias, ",".join(recipients)) if recipients else rows)

    def save(self) -> bool:
        """Whether any file changed; the changed files are on disk."""
        for file in self.changed():
            save(self.config / file.name, self.after[file].text)
        self.files_before = {name: _content(self.config / name) for name in self.files}
        for name, text in self.files.items():
            with _refusing(self.config / name):
                (self.config / name).parent.mkdir(parents=True, exist_ok=True)
            save(self.config / name, text)
        return bool(self.names())

    def changed(self) -> list[ConfigFile]:
        """The files of rows that differ from what is on disk."""
        return [file for file in self.after if self.after[file] != self.before[file]]

    def names(self) -> list[str]:
        """The names of all files that are written or deleted."""
        return [*(file.name for file in self.changed()), *self.files]

    def touches_logins(self) -> bool:
        """Whether who may log in, or with which password, may have changed."""
        return not {ACCOUNTS, MASTERS, APP_PASSWORDS}.isdisjoint(self.after)


@contextmanager
def editing(config: Path, command: str, opened: Callable[[Path], Changes] = Changes) -> Iterator[Changes]:
    """Changes to files below ``config`` by ``command``, by nobody else at the same time, saved and live at the end.

    An edit that brings a Problem is taken back as a whole. One that was there before keeps the edit from going live,
    but the edit is saved. RefusedError names the Problems in both cases.
    """
    with watch_line() as line:
        with _locked(config):
            changes = opened(config)
            yield changes
            before = Outcome.load()
            if not changes.save():
                return
        after = _asked(line, command, changes)
        if after.new_since(before).problems:
            after = _without_own_problems(line, command, changes, after)
        if after.problems:
            raise RefusedError("\n".join([*after.problems, _waits(changes, len(after.problems))]))
        changes.warnings = after.new_since(before).warnings
        if after.generation and changes.touches_logins():
            wait_for_logins(changes.logins)


def _asked(line: WatchLine, command: str, changes: Changes, state: str = "saved") -> Outcome:
    try:
        return line.ask(command, changes.names())
    except UnansweredError:
        raise RefusedError(f"{state}, but Mailwright's watch did not confirm it; see the log") from None


def _waits(changes: Changes, problems: int) -> str:
    reason = "this problem is solved" if problems == 1 else f"these {amount(problems, 'problem')} are solved"
    return f"saved in {', '.join(changes.names())}; it goes live when {reason}"


def _without_own_problems(line: WatchLine, command: str, changes: Changes, after: Outcome) -> Outcome:
    """The outcome with ``changes`` saved, if the new Problems of ``after`` are there without them as well.

    A mistake made by hand may be so young that no pass has seen it yet. Only a pass without the edit shows where a
    Problem comes from. RefusedError, and the edit is taken back, when the edit brings one.
    """
    with _locked(changes.config):
        _carry_over(changes, back=True)
    own = after.new_since(_asked(line, command, changes, "taken back")).problems
    if own:
        raise RefusedError("\n".join([*own, "taken back; nothing has changed"]))
    with _locked(changes.config):
        _carry_over(changes, back=False)
    return _asked(line, command, changes)


def _carry_over(changes: Changes, *, back: bool) -> None:
    """Each row that ``changes`` touched is as it was before, or after them; rows that others wrote since stay."""
    again = Changes(changes.config)
    start, end = (changes.after, changes.before) if back else (changes.before, changes.after)
    for file in changes.changed():
        old, new = dict(start[file]), dict(end[file])
        rows = again.rows(file)
        for name in new.keys() | old.keys():
            if old.get(name) != new.get(name):
                rows = rows.put(name, new[name]) if name in new else rows.without(name)
        again.change(file, rows)
    again.files = dict(changes.files_before if back else changes.files)
    again.save()


@contextmanager
def _locked(config: Path) -> Iterator[None]:
    """No other command edits meanwhile. The folder itself is locked, so that no lock file is left behind."""
    try:
        handle = os.open(config, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise RefusedError(f"{config}: {(error.strerror or 'error').lower()}") from None
    try:
        with _naming_who_holds(handle, config):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _naming_who_holds(handle: int, config: Path) -> Iterator[None]:
    """A wait for the lock that takes long tells for whom: any process that may read the folder can hold it."""
    timer = threading.Timer(PATIENCE, lambda: _say_who_holds(handle, config))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _say_who_holds(handle: int, config: Path) -> None:
    sys.stderr.write(f"waiting: {printable(lock_holder(handle))} has locked {config}\n")


def save(path: Path, text: str | None) -> None:
    """``path`` holds ``text``, its owner and mode unchanged, or is gone (None); RefusedError if that can't be."""
    with _refusing(path):
        if text is None:
            path.unlink(missing_ok=True)
        else:
            rewrite(path, text)


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """RefusedError instead of an OSError about ``path``."""
    try:
        yield
    except OSError as error:
        named = OSError(error.errno, error.strerror, error.filename or str(path))
        raise RefusedError(str(volume_problem(named) or f"{path}: {(error.strerror or 'error').lower()}")) from None


def _content(path: Path) -> str | None:
    return path.read_text(encoding="utf-8", errors="surrogateescape") if path.is_file() else None


def config_folder() -> Path:
    """The config folder of this container."""
    return Path(paths.CONFIG)
