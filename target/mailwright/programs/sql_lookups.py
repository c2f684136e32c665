"""``python3 -m mailwright.programs.sql_lookups FILE POSTFIX DOVECOT``: asks the database for both, and answers in time.

Dovecot's own driver lets a login wait for 60 s while the database is away, and Postfix's for as long as a server hangs;
neither has a setting for that. Here each question has its answer, or "not now", within 1.5 s. The address that is asked
about is bound to the query as a parameter, so no client can change what a query does.
"""

from __future__ import annotations

import os
import socketserver
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from mailwright.formats import pgsql_messages, socketmap
from mailwright.formats.sql_lookups import Lookups, lookups
from mailwright.host.sql_connection import Connection, UnavailableError
from mailwright.host.sql_pool import Pool
from mailwright.model.provisioners.sql_answers import Answers, UnfitError
from mailwright.programs.sql_memory import Asking, Memory, NotKnownError

MAPS = (
    *("domain", "sender_domain", "mailbox", "aliases", "catch_all", "senders", "catch_all_senders"),
    *("transport", "refused_send", "refused_receive"),
)
LONG = 30.0  # seconds for the list of all accounts
LATER = "accounts cannot be looked up now"  # what strangers may know


class Directory:
    """The database's answers, and what goes into the log if there is none."""

    def __init__(self, wanted: Lookups) -> None:
        self.wanted = wanted
        self.pool = Pool(wanted.database, log)
        self.memory = Memory()

    def answer(self, kind: str, key: str, seconds: float | None = None) -> object:
        """The answer of the method ``kind`` of Answers about ``key``; UnavailableError if nobody knows it now."""

        def work(connection: Connection) -> object:
            answers = Answers(self.wanted, lambda name, **by: connection.rows(self.wanted.queries[name], by))
            return list(answers.accounts()) if kind == "accounts" else getattr(answers, kind)(key)

        return self._told(kind, lambda: self.pool.ask(work, seconds))

    def answer_to_postfix(self, kind: str, key: str) -> object:
        """The same, from what the database said a moment ago where that is enough."""

        def work(connection: Connection) -> object:
            asking = Asking(self.memory, self.wanted.queries, connection)
            return getattr(Answers(self.wanted, asking.rows), kind)(key)

        def known() -> object:
            try:
                return getattr(Answers(self.wanted, self.memory.rows), kind)(key)
            except NotKnownError:
                return self.pool.ask(work)

        return self._told(kind, known)

    def _told(self, kind: str, work: Callable[[], object]) -> object:
        """What ``work`` answers; the log has the reason if it can't."""
        try:
            return work()
        except UnfitError as error:
            log(f"{self.wanted.database.place}: {error}; mail waits")
            raise UnavailableError(str(error)) from None
        except UnavailableError as error:
            if not self.pool.away:
                log(f"{self.wanted.database.place} refuses the query {kind}: {error}")
            raise


class Postfix(socketserver.StreamRequestHandler):
    """One of Postfix's programs: socketmap_table(5)."""

    server: Server

    def handle(self) -> None:
        """Answers until Postfix ends the connection."""
        try:
            while asked := socketmap.question(self.rfile):  # type: ignore[arg-type]
                self.wfile.write(self._answer(*asked))
        except (ValueError, OSError):
            return

    def _answer(self, name: str, key: str) -> bytes:
        if name == socketmap.FORGET:
            self.server.directory.memory.forget()
            return socketmap.not_found()
        if name not in MAPS:
            return socketmap.unavailable("there is no such table")
        if "@" not in key and name != "domain":  # Postfix asks for domains too (virtual_alias_domains)
            return socketmap.not_found()
        try:
            found = self.server.directory.answer_to_postfix(name, key)
        except UnavailableError:
            return socketmap.unavailable(LATER)
        return socketmap.found(str(found)) if found else socketmap.not_found()


class Dovecot(socketserver.StreamRequestHandler):
    """Dovecot's auth: the driver pgsql."""

    server: Server

    def handle(self) -> None:
        """Answers until Dovecot ends the connection."""
        try:
            if not pgsql_messages.start(self.rfile, self.wfile):  # type: ignore[arg-type]
                return
            while asked := pgsql_messages.question(self.rfile):  # type: ignore[arg-type]
                self.wfile.write(b"".join(self._answer(*asked)))
        except (ValueError, OSError, EOFError):
            return

    def _answer(self, name: str, key: str) -> Iterable[bytes]:
        directory = self.server.directory
        if name not in ("passdb", "app_passdb", "app_account", "userdb", "accounts"):
            return [pgsql_messages.error("there is no such question")]
        try:
            found = directory.answer(name, key, LONG if name == "accounts" else None)
        except UnavailableError as error:
            return self._unavailable(name, f"{directory.wanted.database.place}: {error}")
        if name == "accounts":
            return pgsql_messages.rows(("user",), ([user] for user in found))  # type: ignore[attr-defined]
        row: Mapping[str, str] = found or {}  # type: ignore[assignment]
        return pgsql_messages.rows(list(row), [list(row.values())] if row else [])

    @staticmethod
    def _unavailable(name: str, reason: str) -> Iterable[bytes]:
        """A result that Dovecot takes for a temporary failure.

        An error would close the connection; other logins would wait up to 60 s in Dovecot's queue. A row without a
        password, and the field tempfail, mean the same, and the connection stays.
        """
        if name == "accounts":
            return [pgsql_messages.error(reason)]
        row = pgsql_messages.rows(("tempfail",), [("yes",)])
        return [pgsql_messages.notice(f"{reason}; told to try again later"), *row]


class Server(socketserver.ThreadingUnixStreamServer):
    """Listens on one socket. Its folder decides who may connect."""

    daemon_threads = True
    request_queue_size = 500

    def __init__(self, path: str, kind: type[socketserver.StreamRequestHandler], directory: Directory) -> None:
        self.directory = directory
        Path(path).unlink(missing_ok=True)
        super().__init__(path, kind)


def log(text: str) -> None:
    """``text`` is in the log."""
    print(text, flush=True)


def main() -> None:
    """Serves both until it is stopped."""
    file, postfix, dovecot = sys.argv[1:]
    directory = Directory(lookups(Path(file).read_text(encoding="utf-8")))
    os.environ["HOME"] = "/nonexistent"  # libpq would look for certificates of the user in it
    os.umask(0o111)  # their folders let nobody else in
    servers = [Server(postfix, Postfix, directory), Server(dovecot, Dovecot, directory)]
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
