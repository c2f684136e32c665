"""Editing: changes to the config folder's files, one at a time, live when they are done, taken back when refused."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mailwright.apply.outcome import Outcome
from mailwright.core import paths, sockets
from mailwright.formats.rows import Rows
from mailwright.observe import dovecot

Edit = Callable[[Rows], Rows]
LIVE_WITHIN = 60.0  # seconds


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
RELAY_MAP = ConfigFile("postfix-relaymap.cf")
RELAY_LOGINS = ConfigFile("postfix-sasl-password.cf")
ACCESS = {name: ConfigFile(f"postfix-{name}-access.cf") for name in ("send", "receive")}


@dataclass
class Changes:
    """The files as they are, and those that were changed since; written when the editing ends well."""

    config: Path
    before: dict[ConfigFile, Rows] = field(default_factory=dict)
    files_before: dict[str, str | None] = field(default_factory=dict)
    after: dict[ConfigFile, Rows] = field(default_factory=dict)
    files: dict[str, str | None] = field(default_factory=dict)  # whole files to write; None: to delete
    warnings: tuple[str, ...] = ()  # of the configuration with the changes, once it is live
    logins: dict[str, bool | None] = field(
        default_factory=dict
    )  # who was touched: there, gone, or with another password

    def rows(self, file: ConfigFile) -> Rows:
        """The file as it is now, changes included."""
        if file not in self.after:
            path = self.config / file.name
            text = path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else ""
            self.before[file] = self.after[file] = Rows(text, file.glue)
        return self.after[file]

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
        """Each alias with its recipients, whichever rows they stand in."""
        found: dict[str, list[str]] = {}
        for name, rest in self.rows(ALIASES):
            found.setdefault(name.lower(), []).extend(rest.replace(",", " ").split())
        return found

    def lead(self, alias: str, recipients: list[str]) -> None:
        """``alias`` leads to ``recipients``, in one row, where its first one was; without any it is gone."""
        rows = self.rows(ALIASES)
        if not recipients or sum(name.lower() == alias for name, _ in rows) > 1:
            rows = rows.without(alias)
        self.change(ALIASES, rows.put(alias, ",".join(recipients)) if recipients else rows)

    def save(self) -> bool:
        """The changed files are on disk afterwards; whether there are any."""
        changed = [file for file in self.after if self.after[file] != self.before[file]]
        for file in changed:
            save(self.config / file.name, self.after[file].text)
        self.files_before = {name: _content(self.config / name) for name in self.files}
        _save_files(self.config, self.files)
        return bool(changed) or bool(self.files)


@contextmanager
def editing(config: Path) -> Iterator[Changes]:
    """Changes to files below ``config``, by nobody else at the same time, saved and live at the end.

    What can't go live is taken back as a whole: RefusedError tells the Problems.
    """
    with _asking() as ask:
        with _locked(config):
            changes = Changes(config)
            yield changes
            before = Outcome.load()
            if not changes.save():
                return
        after = ask()
        if new := after.new_since(before).problems:
            with _locked(config):
                _take_back(changes)
            ask()
            raise RefusedError("\n".join([*new, "taken back; nothing has changed"]))
        if after.problems:
            raise RefusedError("\n".join([*after.problems, "saved, but not live before that is mended"]))
        changes.warnings = after.new_since(before).warnings
        if after.generation and not {ACCOUNTS, MASTERS}.isdisjoint(changes.after):
            dovecot.wait_for_logins(changes.logins)


def _take_back(changes: Changes) -> None:
    """Each row that ``changes`` touched is as it was; rows that others wrote since stay."""
    again = Changes(changes.config)
    for file, after in changes.after.items():
        before = changes.before[file]
        if after == before:
            continue
        old, new = dict(before), dict(after)
        rows = again.rows(file)
        for name in new.keys() | old.keys():
            if old.get(name) != new.get(name):
                rows = rows.put(name, old[name]) if name in old else rows.without(name)
        again.change(file, rows)
    again.files = changes.files_before
    again.save()


@contextmanager
def _locked(config: Path) -> Iterator[None]:
    """Nobody else edits meanwhile. The folder itself is locked: no file is left behind in it."""
    try:
        handle = os.open(config, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise RefusedError(f"{config}: {(error.strerror or 'error').lower()}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _asking() -> Iterator[Callable[[], Outcome]]:
    """A function that makes what is on disk live and gives the outcome; without a running server an empty one.

    The watching process is called at once, so that it prepares itself while the edit is made.
    """
    line = _called()
    try:

        def ask() -> Outcome:
            nonlocal line
            line, asked = None, line or _called()
            return _answer(asked) if asked else Outcome()

        yield ask
    finally:
        if line:
            line.close()


def _called() -> socket.socket | None:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(LIVE_WITHIN)
    try:
        line.connect(sockets.WATCH)
    except OSError:
        line.close()
        return None
    return line


def _answer(line: socket.socket) -> Outcome:
    try:
        with line, line.makefile("rwb") as stream:
            stream.write(b"live?\n")
            stream.flush()
            said = stream.read()
        return Outcome.read(said.decode())
    except (OSError, ValueError):
        raise RefusedError("saved, but Mailwright's watch did not say that it is live; see the log") from None


def save(path: Path, text: str) -> None:
    """``path`` holds ``text`` afterwards, whole, with the owner and mode that it had."""
    target = path.resolve()
    fresh = target.with_name(f".{target.name}.new")
    encoded = text.encode("utf-8", "surrogateescape")
    try:
        like = (target if target.exists() else target.parent).stat()
        mode = like.st_mode & 0o777 if target.exists() else 0o640
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(encoded)
            os.fchmod(file.fileno(), mode)
            os.fchown(file.fileno(), like.st_uid, like.st_gid)
            file.flush()
            os.fsync(file.fileno())
        _put_in_place(fresh, target, encoded)
    except OSError as error:
        raise RefusedError(f"{path}: {(error.strerror or 'error').lower()}") from None


def _content(path: Path) -> str | None:
    return path.read_text(encoding="utf-8", errors="surrogateescape") if path.is_file() else None


def _save_files(config: Path, files: Mapping[str, str | None]) -> None:
    for name, text in files.items():
        path = config / name
        if text is None:
            path.unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        save(path, text)


def _put_in_place(fresh: Path, target: Path, encoded: bytes) -> None:
    try:
        fresh.rename(target)
    except OSError:
        # A file that is mounted by itself can't be replaced, only written.
        fresh.unlink()
        with target.open("r+b") as file:
            file.write(encoded)
            file.truncate()
            os.fsync(file.fileno())


def config_folder() -> Path:
    """The config folder of this container."""
    return Path(paths.CONFIG)
