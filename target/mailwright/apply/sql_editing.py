"""Editing accounts in a database of our own schema, as rows of the files that they would be in, by the same rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mailwright.apply.editing import (
    ACCESS,
    ACCOUNTS,
    ALIASES,
    APP_PASSWORDS,
    QUOTAS,
    Changes,
    ConfigFile,
    RefusedError,
)
from mailwright.apply.placements import BACKEND, place, unplaced
from mailwright.apply.sessions import forget_answers, forget_logins
from mailwright.core import values
from mailwright.core.problems import Findings
from mailwright.core.sql_query import Query
from mailwright.core.textfile import CONTROL
from mailwright.formats.aliases import Alias
from mailwright.formats.rows import Rows
from mailwright.formats.sql_lookups import Database
from mailwright.host.commands import run
from mailwright.host.sql_connection import Connection, UnavailableError, connect
from mailwright.model.alias_expansion import AliasExpansion, problems
from mailwright.services.postfix import POSTFIX

MANY = 20  # logins; more are forgotten together with all others
# What a file of the config folder holds → where it is in the database, as name and rest of its rows.
SELECT: Mapping[ConfigFile, str] = {
    ACCOUNTS: "SELECT address, password FROM accounts ORDER BY address",
    ALIASES: "SELECT alias, recipient FROM aliases ORDER BY alias, created, recipient",
    QUOTAS: "SELECT address, quota FROM accounts WHERE quota IS NOT NULL ORDER BY address",
    **{
        file: f"SELECT address, action FROM refused WHERE direction = '{direction}' ORDER BY address"  # noqa: S608
        for direction, file in ACCESS.items()
    },
    APP_PASSWORDS: "SELECT address, name, password, protocols FROM app_passwords ORDER BY address, name",
}
ADD_PROGRAM = (
    "INSERT INTO app_passwords (address, name, password, protocols) VALUES (:address, :name, :password, :protocols)"
)
Values = Mapping[str, object]
Statement = tuple[str, list[Values]]


@dataclass
class SqlChanges(Changes):
    """Changes to accounts in the database; other files are those of the config folder."""

    connection: Connection = field(kw_only=True)
    placed: bool = False  # accounts are spread over backends
    node: str = ""  # this backend
    database: Database = field(kw_only=True)

    def rows(self, file: ConfigFile) -> Rows:
        """The rows as they are now, changes included."""
        if file in SELECT and file not in self.after:
            with refusing(self.database):
                read = list(_joined(file, self.connection.rows(Query(SELECT[file]), {})))
            text = "".join(f"{name}{file.glue}{rest}\n" for name, rest in read)
            self.before[file] = self.after[file] = Rows(text, file.glue)
        return super().rows(file)

    def backend(self, address: str) -> str:
        """The node that holds the mail of an account; empty if it is this one, and for an account without a place."""
        if not self.placed:
            return ""
        with refusing(self.database):
            home = next((str(name) for (name,) in self.connection.rows(BACKEND, {"address": address})), "")
        return "" if home == self.node else home

    def save(self) -> bool:
        """Whether a file changed; what changed is in the database and on disk."""
        mine = [file for file in self.changed() if file in SELECT]
        if mine:
            self._check_aliases()
            with refusing(self.database):
                for text, rows in (statement for file in mine for statement in self._statements(file)):
                    self.connection.many(Query(text), rows)
                if self.placed and ACCOUNTS in mine:
                    self._place()
                self.connection.commit()
            forget_answers()
            names = {name for file in (ACCOUNTS, QUOTAS, APP_PASSWORDS) if file in mine for name in self._names(file)}
            forget_logins(sorted(names) if len(names) <= MANY else None)
            if self._domains(self.before) != self._domains(self.after):
                # smtpd(8) remembers for an address that it belongs to nobody here.
                run(POSTFIX.reload.command)
        for file in mine:
            self.before[file] = self.after[file]
        return super().save()

    def _place(self) -> None:
        """Each new account has a backend, that of a former account of its name if there was one."""
        old = dict(self.before[ACCOUNTS])
        if new := {name for name, _ in self.after[ACCOUNTS] if name not in old}:
            place(self.connection, [name for name in unplaced(self.connection) if name in new])

    @staticmethod
    def _domains(rows: Mapping[ConfigFile, Rows]) -> set[str]:
        """The domains of accounts and aliases, as far as these were read."""
        return {name.rpartition("@")[2] for file in (ACCOUNTS, ALIASES) if file in rows for name, _ in rows[file]}

    def _names(self, file: ConfigFile) -> Iterator[str]:
        """The accounts whose rows in ``file`` changed."""
        old, new = dict(self.before[file]), dict(self.after[file])
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name):
                yield name.partition("/")[0]

    def _statements(self, file: ConfigFile) -> Iterator[Statement]:
        """What makes the database the same as the rows of ``file``."""
        old, new = dict(self.before[file]), dict(self.after[file])
        gone = [name for name in old if old[name] != new.get(name)]
        come = [name for name in new if new[name] != old.get(name)]
        if file == ACCOUNTS:
            yield from _accounts(old, new)
        elif file == QUOTAS:
            text = "UPDATE accounts SET quota = :quota WHERE address = :address"
            yield text, [{"address": name, "quota": None} for name in gone]
            yield text, [{"address": name, "quota": values.byte_size(new[name])} for name in come]
        elif file == ALIASES:
            yield "DELETE FROM aliases WHERE alias = :alias", [{"alias": name} for name in gone]
            rows: list[Values] = [{"alias": name, "recipient": to} for name in come for to in _words(new[name])]
            yield "INSERT INTO aliases (alias, recipient) VALUES (:alias, :recipient)", rows
        elif file == APP_PASSWORDS:
            yield from _app_passwords(gone, come, new)
        else:
            yield from _refused("send" if file == ACCESS["send"] else "receive", gone, come, new)

    def _check_aliases(self) -> None:
        """RefusedError if a changed alias leads back to itself; warnings about the changed ones."""
        if ALIASES not in self.changed():
            return
        aliases = tuple(Alias(name, tuple(_words(rest)), name) for name, rest in self.rows(ALIASES))
        accounts = frozenset(name for name, _ in self.rows(ACCOUNTS))
        targets = {alias.name: tuple(map(str.lower, alias.targets)) for alias in aliases}
        domains = frozenset(name.rpartition("@")[2] for name in (*accounts, *targets))
        old, found = dict(self.before[ALIASES]), Findings()
        changed = [alias for alias in aliases if old.get(alias.name) != ",".join(alias.targets)]
        found.extend(problems(AliasExpansion(targets, accounts), changed, domains))
        if wrong := [f"{problem.what}: {problem.hint}" for problem in found if not problem.warning]:
            raise RefusedError("\n".join([*wrong, "nothing has changed"]))
        self.warnings = tuple(problem.what for problem in found)


def opened(config: Path, database: Database, *, placed: bool = False, node: str = "") -> SqlChanges:
    """Changes to accounts in ``database``; RefusedError if it does not answer."""
    with refusing(database):
        connection = connect(database, autocommit=False)
    return SqlChanges(config, connection=connection, database=database, placed=placed, node=node)


@contextmanager
def refusing(database: Database) -> Iterator[None]:
    """RefusedError instead of an UnavailableError, with what may help."""
    try:
        yield
    except UnavailableError as error:
        raise RefusedError(f"{database.place}: {error}") from None


def _joined(file: ConfigFile, rows: Sequence[Sequence[object]]) -> Iterator[tuple[str, str]]:
    """Name and rest of the rows of a file. A row without a valid address is nobody's; no text breaks a line."""
    found: dict[str, list[str]] = {}
    for name, *rest in ([_plain(value) for value in row] for row in rows):
        try:
            values.recipient_address(f"any{name}" if file == ALIASES and name.startswith("@") else name)
        except ValueError:
            continue
        if file == APP_PASSWORDS:
            found[f"{name}/{rest[0]}"] = ["|".join(filter(None, rest[1:]))]
        else:
            found.setdefault(name, []).append(rest[0])
    for name, words in found.items():
        yield name, ",".join(words)


def _plain(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return CONTROL.sub(" ", text).replace("\n", " ").replace("\t", " ").replace("|", " ").strip()


def _words(rest: str) -> list[str]:
    return list(dict.fromkeys(rest.replace(",", " ").split()))


def _accounts(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Statement]:
    for name, rest in new.items():
        if rest != old.get(name) and rest.partition("|")[2].strip():
            what = f"{name} has fields behind its password, which the database has no column for"
            raise RefusedError(f"{what}: remove them, or set them for all accounts in dovecot.cf")
    by = {name: {"address": name, "password": rest.partition("|")[0].strip()} for name, rest in new.items()}
    gone: list[Values] = [{"address": name} for name in old if name not in new]
    yield "DELETE FROM app_passwords WHERE address = :address", gone
    yield "DELETE FROM accounts WHERE address = :address", gone
    changed: list[Values] = [by[name] for name in new if name in old and old[name] != new[name]]
    yield "UPDATE accounts SET password = :password WHERE address = :address", changed
    added: list[Values] = [by[name] for name in new if name not in old]
    yield "INSERT INTO accounts (address, password) VALUES (:address, :password)", added


def _app_passwords(gone: Iterable[str], come: Iterable[str], new: Mapping[str, str]) -> Iterator[Statement]:
    def key(name: str) -> Values:
        address, _, program = name.rpartition("/")
        return {"address": address, "name": program}

    yield "DELETE FROM app_passwords WHERE address = :address AND name = :name", [key(name) for name in gone]
    rows: list[Values] = []
    for name in come:
        password, _, protocols = new[name].partition("|")
        rows.append({**key(name), "password": password, "protocols": protocols})
    yield ADD_PROGRAM, rows


def _refused(direction: str, gone: Iterable[str], come: Iterable[str], new: Mapping[str, str]) -> Iterator[Statement]:
    text = "DELETE FROM refused WHERE address = :address AND direction = :direction"
    yield text, [{"address": name, "direction": direction} for name in gone]
    text = "INSERT INTO refused (address, direction, action) VALUES (:address, :direction, :action)"
    yield text, [{"address": name, "direction": direction, "action": new[name]} for name in come]
