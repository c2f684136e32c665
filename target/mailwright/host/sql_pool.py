"""Pool: connections to the database, and answers in time. While it is away, questions are refused at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from typing import TypeVar

from mailwright.core.sql_query import Query
from mailwright.formats.sql_lookups import Database
from mailwright.host.sql_alarm import Alarm
from mailwright.host.sql_connection import Connection, UnavailableError, connect

T = TypeVar("T")
CONNECTIONS = 8
SECONDS = 1.5  # for one answer; Postfix may need two of them, and a client waits 5
IDLE = 60.0  # a firewall may have forgotten an older connection
PAUSE = 0.5  # between two looks whether the database is back
ALIVE = Query("SELECT 1")


class BrokenError(Exception):
    """The other side has closed the connection while it was idle."""


class Pool:
    """Answers from ``database``. After a failure only a look of its own asks, until the database answers again."""

    def __init__(self, database: Database, log: Callable[[str], None], seconds: float = SECONDS) -> None:
        self.database, self.log, self.seconds = database, log, seconds
        self.threads = ThreadPoolExecutor(CONNECTIONS, "query")
        self.looks = ThreadPoolExecutor(2, "look")
        self.lock = threading.Lock()
        self.slots = threading.BoundedSemaphore(CONNECTIONS)
        self.idle: list[tuple[float, Connection]] = []
        self.away = ""  # why the database does not answer
        self.alarm = Alarm(seconds)

    def ask(self, work: Callable[[Connection], T], seconds: float | None = None) -> T:
        """What ``work`` makes of a connection; UnavailableError if that takes longer than ``seconds``."""
        if self.away:
            raise UnavailableError(self.away)
        if seconds is None and (connection := self._ready()):
            try:
                return self._here(connection, work)
            except BrokenError:
                pass
        limit = seconds or self.seconds
        used: list[Connection] = []
        future = self.threads.submit(self._work, work, used, time.monotonic() + limit)
        try:
            return future.result(limit)
        except LateError:
            self._give_up(future, used)
            raise self._late(limit) from None

    def _ready(self) -> Connection | None:
        """An idle connection that can be shut while somebody waits for its answer."""
        if not self.slots.acquire(blocking=False):
            return None
        with self.lock:
            since, connection = self.idle[-1] if self.idle else (0.0, None)
            if connection and time.monotonic() - since < IDLE and connection.handle() is not None:
                self.idle.pop()
                return connection
        self.slots.release()
        return None

    def _here(self, connection: Connection, work: Callable[[Connection], T]) -> T:
        """The work in the thread that asks, without a change of threads; BrokenError if the connection was too old."""
        try:
            with self.alarm.set_for(connection) as waiting:
                return work(connection)
        except UnavailableError:
            if waiting.rung:
                raise self._late(self.seconds) from None
            if not connection.broken:  # the database refuses the query
                raise
            self._close_idle()
            raise BrokenError from None
        finally:
            if connection.broken or waiting.rung:
                connection.close()
            else:
                self._keep(connection)
            self.slots.release()

    def _late(self, limit: float) -> UnavailableError:
        reason = f"no answer within {limit:g} s"
        self._lost(reason)
        return UnavailableError(reason)

    def _close_idle(self) -> None:
        """The others are as old as one that is broken."""
        with self.lock:
            old, self.idle = self.idle, []
        for _, one in old:
            one.close()

    def _work(self, work: Callable[[Connection], T], used: list[Connection], deadline: float) -> T:
        """The work with a connection of the pool; once more with a new one if that was an old one that is broken."""
        if not self.slots.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise LateError
        try:
            return self._with_connection(work, used, deadline)
        finally:
            self.slots.release()

    def _with_connection(self, work: Callable[[Connection], T], used: list[Connection], deadline: float) -> T:
        while True:
            connection, fresh = self._connection()
            used[:] = [connection]
            try:
                result = work(connection)
            except UnavailableError:
                if not connection.broken:  # the database refuses the query
                    self._keep(connection)
                    raise
                connection.close()
                if fresh or time.monotonic() > deadline:
                    raise
                self._close_idle()
            except BaseException:
                self._keep(connection)
                raise
            else:
                self._keep(connection)
                return result

    def _connection(self) -> tuple[Connection, bool]:
        while True:
            with self.lock:
                since, connection = self.idle.pop() if self.idle else (0.0, None)
            if not connection:
                break
            if time.monotonic() - since < IDLE:
                return connection, False
            connection.close()
        try:
            return connect(self.database), True
        except UnavailableError as error:
            self._lost(str(error))
            raise

    def _keep(self, connection: Connection) -> None:
        with self.lock:
            self.idle.append((time.monotonic(), connection))

    @staticmethod
    def _give_up(future: Future[T], used: list[Connection]) -> None:
        """The thread that waits for the database is free soon."""
        if not future.cancel():
            for connection in used:
                connection.shut()

    def _lost(self, reason: str) -> None:
        """Questions are refused from now on, until a look of its own succeeds."""
        with self.lock:
            if self.away:
                return
            self.away = reason
        self.log(f"{self.database.place} does not answer: {reason}; logins and mail are told to try again later")
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        while True:
            future = self.looks.submit(self._look)
            try:
                future.result(self.seconds)
                break
            except (LateError, UnavailableError) as error:
                self.away = str(error) or self.away
                future.cancel()
                time.sleep(PAUSE)
        self.away = ""
        self.log(f"{self.database.place} answers again")

    def _look(self) -> None:
        """The database answers; a thread that hangs in here ends once the connection does."""
        connection = connect(self.database)
        alarm = threading.Timer(self.seconds, connection.shut)
        alarm.start()
        try:
            connection.rows(ALIVE, {})
        finally:
            alarm.cancel()
            connection.close()
