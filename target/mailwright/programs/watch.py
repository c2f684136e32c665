"""watch: looks whether anything changed, and makes it live: ``python3 -m mailwright.programs.watch`` under supervisord.

While nothing happens this process is small: what a pass needs is imported for it, and forgotten by starting over.
Only where there are so many accounts that reading them takes long, it stays in memory.
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
from mailwright.host.stamps import stamp

QUIET = 0.25  # seconds that files must not change before they are read: a copy may be under way
AFTER = 30.0  # seconds without work, after which what was imported is forgotten


class Watch:
    """The listening socket, and what was seen at the last look."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.connected: list[socket.socket] = []
        self.asking: list[socket.socket] = []
        self.worked_at = 0.0
        self.told: dict[str, Any] = {}

    def load(self) -> None:
        """What to watch is known afterwards, as the last pass left it."""
        self.told = json.loads(Path(paths.WATCHED).read_text(encoding="utf-8"))
        self.told["seen"] = {path: tuple(note) for path, note in self.told["seen"].items()}

    def run(self) -> None:
        """Never comes back, but may start over."""
        self.load()
        if self.told["large"]:
            self.work()  # changes nothing, and what it read is in memory before the first change comes
        while True:
            self.listen(self.told["poll"])
            changed = self.look() != self.told["seen"]
            if changed and not self.asking:
                self.wait_for_quiet()
            if changed or self.asking:
                self.work()
            elif self.is_idle():
                start_over(self.listener)

    def is_idle(self) -> bool:
        """Whether what was imported may be forgotten."""
        late = self.worked_at and time.monotonic() - self.worked_at > AFTER
        return bool(late) and not self.told["large"] and not self.connected

    def look(self) -> dict[str, tuple[int, ...]]:
        """What the watched files are like now."""
        return stamp(self.told["config"], self.told["files"])

    def wait_for_quiet(self) -> None:
        """Nothing has changed for a moment afterwards, or somebody asks."""
        before = self.look()
        while not self.asking:
            self.listen(QUIET)
            now = self.look()
            if now == before:
                return
            before = now

    def listen(self, seconds: float) -> None:
        """Takes in who comes and who asks within ``seconds``, all of them at once.

        Somebody comes when an edit begins and asks when it is made; what the pass needs is imported in between.
        """
        ready, _, _ = select.select([self.listener, *self.connected], [], [], seconds)
        while ready:
            for one in ready:
                if one is self.listener:
                    self.connected.append(self.listener.accept()[0])
                    from mailwright.apply import converge  # noqa: F401
                else:
                    self.connected.remove(one)
                    self.hear(one)
            ready, _, _ = select.select([self.listener, *self.connected], [], [], 0)

    def hear(self, one: socket.socket) -> None:
        """Who says anything waits for the next pass; who hangs up instead has changed nothing."""
        try:
            said = one.recv(64)
        except OSError:
            said = b""
        if said:
            self.asking.append(one)
        else:
            one.close()

    def work(self) -> None:
        """One pass; everybody who waits is told its outcome."""
        from mailwright.apply import converge
        from mailwright.host.log import Log
        from mailwright.host.read import Places

        before, seen = self.told["seen"], self.look()
        gc.disable()
        try:
            outcome = converge.converge(Places(), Log())
            self.load()
        except Exception as error:  # noqa: BLE001  a watch that dies would tell nobody, again and again
            outcome = converge.failed(error, Log())
        finally:
            gc.enable()
        if self.told["seen"] == before:
            self.told["seen"] = seen  # a pass that ended early is not made again before something changes
        self.worked_at = time.monotonic()
        for one in self.asking:
            with suppress(OSError), one:
                one.sendall(outcome.text().encode())
        self.asking = []


def start_over(listener: socket.socket) -> None:
    """The process begins anew, small again; those who ask meanwhile wait at the same socket."""
    os.set_inheritable(listener.fileno(), True)
    os.execv(sys.executable, (sys.executable, "-m", "mailwright.programs.watch", str(listener.fileno())))  # noqa: S606


def listening() -> socket.socket:
    """The socket of an earlier life of this process, or a new one, for root only."""
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
    Watch(listening()).run()
