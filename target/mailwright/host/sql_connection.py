"""A connection to the database of accounts: psycopg, PyMySQL or sqlite3, of which only the needed one is imported."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from mailwright.core.paths import CA_BUNDLE
from mailwright.core.sql_query import Query
from mailwright.formats.sql_lookups import Database
from mailwright.host import verified_tls

SECONDS = 2  # to connect, and for each answer
FORMAT, QMARK, DOLLAR = "format", "qmark", "dollar"


class UnavailableError(Exception):
    """The database does not answer, or refuses us or the query; the message says so without a secret."""


class Connection:
    """One connection. ``raw`` is the driver's (PEP 249); another thread may shut its socket, which ``handle`` gives."""

    style = FORMAT

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    @property
    def errors(self) -> Any:
        """What its driver raises."""
        return Exception

    @property
    def broken(self) -> bool:
        """Whether it is of no use any more. A query that is refused breaks no connection."""
        return False

    def handle(self) -> int | None:
        """The number of its socket, if it has one."""
        return None

    def rows(self, query: Query, values: Mapping[str, object]) -> Sequence[Sequence[object]]:
        """The rows of a query. UnavailableError if there is no answer."""
        # Without parameters a driver gives % no meaning.
        text, parameters = query.bound(self.style, values) if query.parameters else (query.text, ())
        return self.execute(text, parameters)

    def execute(self, text: str, parameters: Sequence[object] = ()) -> Sequence[Sequence[object]]:
        """The rows of a statement in the driver's own words, or nothing."""
        try:
            cursor = self.raw.cursor()
            cursor.execute(text, tuple(parameters)) if parameters else cursor.execute(text)
            return list(cursor.fetchall()) if cursor.description else []
        except self.errors as error:
            raise UnavailableError(reason(error)) from None

    def many(self, query: Query, rows: Sequence[Mapping[str, object]]) -> None:
        """A statement was run for each of ``rows``."""
        if not rows:
            return
        text, names = query.text_for(self.style), query.parameters
        try:
            self.raw.cursor().executemany(text, [tuple(row[name] for name in names) for row in rows])
        except self.errors as error:
            raise UnavailableError(reason(error)) from None

    def commit(self) -> None:
        """What was changed is kept."""
        try:
            self.raw.commit()
        except self.errors as error:
            raise UnavailableError(reason(error)) from None

    def shut(self) -> None:
        """A thread that waits for an answer waits no more."""
        with contextlib.suppress(Exception):
            handle = self.handle()
            if handle is not None:
                with socket.socket(fileno=os.dup(handle)) as duplicate:
                    duplicate.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """It is closed afterwards, without a word if it was already."""
        with contextlib.suppress(Exception):
            self.raw.close()


class PostgreSql(Connection):
    """A connection of psycopg."""

    def __init__(self, raw: Any) -> None:
        super().__init__(raw)
        self.prepared: dict[str, bytes] = {}  # query → the name of its statement

    def rows(self, query: Query, values: Mapping[str, object]) -> Sequence[Sequence[object]]:
        """The rows of a query, as texts. libpq itself asks: a cursor of psycopg would double the work of a query."""
        if not self.raw.autocommit:  # a transaction is psycopg's
            return super().rows(query, values)
        parameters = [str(values[name]).encode("utf-8", "surrogateescape") for name in query.parameters]
        try:
            name = self.prepared.get(query.text) or self._prepare(query)
            result = self._good(self.raw.pgconn.exec_prepared(name, parameters))
        except self.errors as error:
            self._forget_statements()  # one that is out of date stays refused
            raise UnavailableError(reason(error)) from None
        columns = range(result.nfields)
        return [[_text(result.get_value(row, column)) for column in columns] for row in range(result.ntuples)]

    def _prepare(self, query: Query) -> bytes:
        """The name by which the server knows the query."""
        name = b"mailwright%d" % len(self.prepared)
        self._good(self.raw.pgconn.prepare(name, query.text_for(DOLLAR).encode()))
        self.prepared[query.text] = name
        return name

    def _good(self, result: Any) -> Any:
        """``result``, if it is not an error."""
        pq = import_module("psycopg.pq")
        if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            raise self.errors(pq.error_message(result))
        return result

    def _forget_statements(self) -> None:
        self.prepared.clear()
        with contextlib.suppress(self.errors):
            self.raw.pgconn.exec_(b"DEALLOCATE ALL")

    @property
    def errors(self) -> Any:
        """What psycopg raises."""
        return import_module("psycopg").Error

    @property
    def broken(self) -> bool:
        """Whether it is closed."""
        return bool(self.raw.closed)

    def handle(self) -> int | None:
        """The number of its socket."""
        return int(self.raw.fileno())


class MariaDb(Connection):
    """A connection of PyMySQL."""

    @property
    def errors(self) -> Any:
        """What PyMySQL raises."""
        return (import_module("pymysql").Error, OSError)

    @property
    def broken(self) -> bool:
        """Whether it is closed."""
        return not self.raw.open

    def handle(self) -> int | None:
        """The number of its socket."""
        return int(self.raw._sock.fileno()) if self.raw._sock else None


class Sqlite(Connection):
    """A connection of sqlite3."""

    style = QMARK

    @property
    def errors(self) -> Any:
        """What sqlite3 raises."""
        return import_module("sqlite3").Error


def connect(database: Database, *, autocommit: bool = True) -> Connection:
    """A connection; UnavailableError with the reason."""
    return {"postgresql": _postgresql, "mariadb": _mariadb, "sqlite": _sqlite}[database.driver](database, autocommit)


def _postgresql(database: Database, autocommit: bool) -> Connection:
    psycopg = import_module("psycopg")
    tls = {"sslmode": "verify-full", "sslrootcert": database.ca_file or CA_BUNDLE} if database.tls else {}
    own = {} if tls or database.host.startswith("/") else {"sslmode": "disable"}
    try:
        raw = psycopg.connect(
            host=database.host,
            port=database.port or 5432,
            dbname=database.name,
            user=database.user,
            password=database.password,
            connect_timeout=SECONDS,
            application_name="mailwright",
            client_encoding="UTF8",
            autocommit=autocommit,
            **(own if database.host.startswith("/") else tls or own),
        )
    except psycopg.Error as error:
        raise UnavailableError(reason(error)) from None
    return PostgreSql(raw)


def _mariadb(database: Database, autocommit: bool) -> Connection:
    pymysql = import_module("pymysql")
    local = database.host.startswith("/")
    try:
        raw = pymysql.connect(
            **({"unix_socket": database.host} if local else {"host": database.host, "port": database.port or 3306}),
            database=database.name,
            user=database.user,
            password=database.password,
            connect_timeout=SECONDS,
            read_timeout=SECONDS,
            write_timeout=SECONDS,
            charset="utf8mb4",
            autocommit=autocommit,
            ssl=verified_tls.context(database.ca_file or CA_BUNDLE) if database.tls and not local else None,
            ssl_disabled=not database.tls or local,
        )
    except (pymysql.Error, OSError) as error:
        raise UnavailableError(reason(error)) from None
    return MariaDb(raw)


def _sqlite(database: Database, autocommit: bool) -> Connection:
    import sqlite3

    if not Path(database.path).exists():
        raise UnavailableError(f"{database.path} does not exist; setup sql init makes it")
    try:
        uri = f"{Path(database.path).as_uri()}?mode=rw"  # also to read: it may have to undo half a change
        raw = sqlite3.connect(uri, uri=True, timeout=SECONDS / 2, check_same_thread=False)
        raw.isolation_level = None if autocommit else "IMMEDIATE"
    except sqlite3.Error as error:
        hint = "; it and its folder must belong to the user _sql-lookups" if "unable to open" in str(error) else ""
        raise UnavailableError(reason(error) + hint) from None
    return Sqlite(raw)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")


def reason(error: Exception) -> str:
    """What a driver says, on one line; its details would repeat an address or a query."""
    words = error.args[-1] if error.args and isinstance(error.args[-1], str) else str(error)
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:300]
