"""Where the web server asks for the numbers of /metrics: one program at a time answers, which ends with its answer.

Imports next to nothing, since the watching process stays in memory.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress

from mailwright.core import paths, sockets
from mailwright.host.stamps import of_file

PLAN = f"/etc/{paths.METRICS}"
COMMAND = (sys.executable, "-m", "mailwright.programs.metrics")
WAITING = 4  # connections; the web server has one at a time


class Scrapes:
    """The socket, while there is a plan, and the program that answers on a connection, if one runs."""

    def __init__(self, inherited: int | None = None) -> None:
        """With the socket that this process had before it started over."""
        self.listener = None if inherited is None else socket.socket(fileno=inherited)
        if self.listener:
            self.listener.set_inheritable(False)
        self.child = 0
        self.end = -1  # readable once the program has ended

    def prepare(self) -> None:
        """The socket exists afterwards if there is a plan, and only then. Its group is the plan's."""
        if of_file(PLAN) and not self.listener:
            self.listener = listening(os.stat(PLAN).st_gid)  # noqa: PTH116
        elif not of_file(PLAN) and self.listener:
            self.listener.close()
            self.listener = None
            with suppress(OSError):
                os.unlink(sockets.METRICS)  # noqa: PTH108

    def waited_for(self) -> list[int]:
        """What is readable once there is something to do: the next connection is not taken while a program runs."""
        if self.child:
            return [self.end]
        return [self.listener.fileno()] if self.listener else []

    def keep(self) -> None:
        """A program that has ended is noted; else one answers the connection that waits."""
        if self.child:
            os.waitpid(self.child, 0)
            os.close(self.end)
            self.child = 0
        elif self.listener:
            with suppress(OSError), self.listener.accept()[0] as connection:
                self.answer(connection.fileno())

    def answer(self, connection: int) -> None:
        """A program writes its answer to ``connection``; OSError without memory for it."""
        self.end, ended = os.pipe2(os.O_CLOEXEC)
        actions = [(os.POSIX_SPAWN_DUP2, connection, 1), (os.POSIX_SPAWN_DUP2, ended, 3)]
        try:
            self.child = os.posix_spawn(COMMAND[0], COMMAND, os.environ, file_actions=actions)
        except OSError:
            os.close(self.end)
            raise
        finally:
            os.close(ended)


def listening(group: int) -> socket.socket:
    """A new socket, which only root and ``group`` can connect to."""
    with suppress(FileNotFoundError):
        os.unlink(sockets.METRICS)  # noqa: PTH108
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o117)
    try:
        listener.bind(sockets.METRICS)
    finally:
        os.umask(before)
    os.chown(sockets.METRICS, 0, group)
    listener.listen(WAITING)
    return listener
