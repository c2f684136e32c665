"""watch: looks for changes and makes them live. supervisord runs it as ``python3 -m mailwright.programs.watch``.

It also starts programs.timetable at the times that one has written down, and programs.metrics for each scrape.

While nothing happens this process is small: what a pass needs is imported for it, and forgotten by starting over.
Where there are so many accounts that reading them takes long, it stays in memory.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from mailwright.core import paths, sockets
from mailwright.host.appointments import Appointments
from mailwright.host.scrapes import Scrapes
from mailwright.host.stamps import look
from mailwright.host.wall_clock import WallClock

QUIET = 0.25  # seconds that files must not change before they are read: a copy may be under way
AFTER = 30.0  # seconds without work, after which what was imported is forgotten
LONGEST = 1 << 16  # bytes of a request


class Watch:
    """The listening socket, and what was seen at the last look."""

    def __init__(self, listener: socket.socket, scrapes: Scrapes) -> None:
        self.listener, self.scrapes = listener, scrapes
        self.connected: list[socket.socket] = []
        self.asking: list[tuple[socket.socket, bytes]] = []  # with what each says
        self.worked_at = 0.0
        self.watched: dict[str, Any] = {}
        self.appointments = Appointments()
        self.clock = WallClock()

    def load(self) -> None:
        """What to watch is known afterwards, as the last pass saved it."""
        self.watched = json.loads(Path(paths.WATCHED).read_text(encoding="utf-8"))
        self.watched["seen"] = {path: tuple(note) for path, note in self.watched["seen"].items()}
        self.scrapes.prepare()

    def run(self) -> None:
        """Looks for changes for ever; never returns, but may start over."""
        self.load()
        if self.watched["large"]:
            self.work()  # changes nothing, but what it read is then in memory for the first change
        while True:
            self.appointments.keep(time.time())
            self.listen(min(self.watched["poll"], self.appointments.wait(time.time())))
            if back := self.clock.set_back_by():
                self.take_up(back)
            changed = self.look() != self.watched["seen"]
            if changed and not self.asking:
                self.wait_for_quiet()
            if changed or self.asking:
                self.work()
            elif self.is_idle():
                start_over(self.listener, self.scrapes.listener)

    def is_idle(self) -> bool:
        """Whether what was imported may be forgotten."""
        late = self.worked_at and time.monotonic() - self.worked_at > AFTER
        busy = self.watched["large"] or self.connected or self.appointments.child or self.scrapes.child
        return bool(late) and not busy

    def look(self) -> dict[str, tuple[int, ...]]:
        """What the watched files are like now."""
        return look(self.watched["config"], self.watched["files"])

    def wait_for_quiet(self) -> None:
        """Nothing has changed for a moment afterwards, or a command asks for a pass."""
        before = self.look()
        while not self.asking:
            self.listen(QUIET)
            now = self.look()
            if now == before:
                return
            before = now

    def listen(self, seconds: float) -> None:
        """Takes all connections and requests of the next ``seconds``.

        A command connects when its edit begins and asks when it is saved; what the pass needs is imported in between.
        """
        while ready := self.ready(seconds):
            seconds = 0
            for connection in ready:
                if isinstance(connection, int):
                    self.scrapes.keep()
                elif connection is self.listener:
                    self.connected.append(self.listener.accept()[0])
                    from mailwright.apply import converge  # noqa: F401
                else:
                    self.connected.remove(connection)
                    self.hear(connection)

    def ready(self, seconds: float) -> list[socket.socket | int]:
        """What can be read within ``seconds``: sockets of commands, and the numbers of what ``scrapes`` waits for."""
        waited_for: list[socket.socket | int] = [self.listener, *self.connected, *self.scrapes.waited_for()]
        return select.select(waited_for, [], [], seconds)[0]

    def hear(self, connection: socket.socket) -> None:
        """A command that says anything waits for the next pass; one that hangs up has changed nothing."""
        try:
            line = connection.recv(LONGEST)
        except OSError:
            line = b""
        if line:
            self.asking.append((connection, line))
        else:
            connection.close()

    def take_up(self, back: float) -> None:
        """The daemons live with the clock that was set back by so many seconds."""
        from mailwright.apply import set_back
        from mailwright.host.log import Log

        try:
            set_back.take_up(back, Log())
        except Exception as error:  # noqa: BLE001  as in work(): a watch that ends would not be there for commands
            from mailwright.host.failures import problem

            Log().problems([problem(error)])
        self.worked_at = time.monotonic()

    def work(self) -> None:
        """Makes one pass and gives its outcome to every command that waits."""
        from mailwright.apply import converge
        from mailwright.host.log import Log
        from mailwright.host.read import Places

        before, seen = self.watched["seen"], self.look()
        requests = [line for _, line in self.asking]
        gc.disable()
        try:
            outcome = converge.converge(Places(), Log(), requests)
            self.load()
        except Exception as error:  # noqa: BLE001  a watch that ends would be started and end again, and no command would get an answer
            outcome = converge.failed(error, Log(), requests)
        finally:
            gc.enable()
        if self.watched["seen"] == before:
            self.watched["seen"] = seen  # a pass that ended early is repeated only when something changes
        self.worked_at = time.monotonic()
        for connection, _ in self.asking:
            with suppress(OSError), connection:
                connection.sendall(outcome.text().encode())
        self.asking = []


def start_over(*listeners: socket.socket | None) -> None:
    """The process starts again and is small again; what connects meanwhile waits at the same sockets."""
    numbers = [listener.fileno() for listener in listeners if listener]
    for number in numbers:
        os.set_inheritable(number, True)
    os.execv(sys.executable, (sys.executable, "-m", "mailwright.programs.watch", *map(str, numbers)))  # noqa: S606


def listening() -> socket.socket:
    """The socket that this process had before it started over, or a new one, for root only."""
    if len(sys.argv) > 1:
        return socket.socket(fileno=int(sys.argv[1]))
    Path(sockets.WATCH).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o077)
    listener.bind(sockets.WATCH)
    os.umask(before)
    listener.listen(512)
    return listener


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        Watch(listening(), Scrapes(int(sys.argv[2]) if len(sys.argv) > 2 else None)).run()
    except Exception as error:  # noqa: BLE001  the door: nothing else would catch it
        from mailwright.host.failures import problem
        from mailwright.host.log_line import line

        sys.exit(line("watch", f"error: {problem(error)}").rstrip())
