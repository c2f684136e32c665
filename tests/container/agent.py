"""Runs inside a container, as ``python3 -c`` with the text of this file: starts the commands that inside.py asks for.

``setup`` and ``mailwright`` are forks of one process that has imported them. Most of what such a command costs is
Python's imports, which are the same each time: half a second of a core. A fork has them in memory and then runs the
installed script from its first line, with its arguments, environment and streams.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import IO, Any

OURS = ("setup", "mailwright")
IMPORTED = ("mailwright.cli.email", "mailwright.cli.reading")
PIPE, NULL = subprocess.PIPE, subprocess.DEVNULL
ENVIRON = {
    name: value
    for name, _, value in (
        # Python adds a locale to its own.
        pair.partition(b"=")
        for pair in open("/proc/self/environ", "rb").read().split(b"\0")  # noqa: PTH123, SIM115
        if pair
    )
}


def main() -> None:
    """Each line of stdin has asked for a command; what came of it is a line of stdout."""
    for line in sys.stdin:
        asked = json.loads(line)
        # Before it runs: a command that was not acknowledged is safe to ask for again.
        say(begun=True)
        try:
            process = started(asked["command"])
        except OSError as error:
            say(code=126 + isinstance(error, FileNotFoundError), printed="", said=f"{error}\n")
            continue
        answer(process, asked["text"].encode())


def say(**what: Any) -> None:
    """``what`` is on stdout."""
    print(json.dumps(what), flush=True)


def started(command: list[str]) -> subprocess.Popen[bytes] | Fork:
    """The process of ``command``."""
    path = shutil.which(command[0]) if command[0] in OURS else None
    if path:
        return Fork([path, *command[1:]])
    return subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=ENVIRON, start_new_session=True)


def answer(process: subprocess.Popen[bytes] | Fork, text: bytes) -> None:
    """What came of ``process`` with ``text`` on its stdin is on stdout."""
    outputs: tuple[list[bytes], list[bytes]] = ([], [])
    threads = [
        threading.Thread(target=read, args=(process.stdout, outputs[0]), daemon=True),
        threading.Thread(target=read, args=(process.stderr, outputs[1]), daemon=True),
        threading.Thread(target=write, args=(process.stdin, text), daemon=True),
    ]
    for thread in threads:
        thread.start()
    code = process.wait()
    for thread in threads[:2]:
        thread.join(2)  # a daemon that it left may hold its streams: docker waits as long
    printed, said = (b"".join(pieces).decode("latin-1") for pieces in outputs)
    say(code=code if code >= 0 else 128 - code, printed=printed, said=said)


def read(stream: Any, pieces: list[bytes]) -> None:
    """All of ``stream`` is in ``pieces``."""
    while piece := stream.read1():
        pieces.append(piece)


def write(stream: IO[bytes], text: bytes) -> None:
    """``stream`` has ``text``, and ends."""
    with suppress(BrokenPipeError), stream:
        stream.write(text)


class Fork:
    """A command of ours as a fork, with what main() takes from a Popen."""

    def __init__(self, command: list[str]) -> None:
        pipes = [os.pipe() for _ in range(3)]
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        self.stdin, self.stdout, self.stderr = (
            os.fdopen(pipes[0][1], "wb"),
            os.fdopen(pipes[1][0], "rb"),
            os.fdopen(pipes[2][0], "rb"),
        )
        self.forks = connected()
        socket.send_fds(self.forks, [json.dumps(command).encode()], theirs)
        for stream in theirs:
            os.close(stream)

    def wait(self) -> int:
        """The exit code; minus the signal that ended it."""
        return int(self.forks.recv(16) or 255)


def connected() -> socket.socket:
    """A connection to the one process of the container that forks; it is started if there is none."""
    # The namespace of mounts is the container's own, also if it shares its network with another.
    name = "\0mailwright-test-forks-" + os.readlink("/proc/self/ns/mnt")  # noqa: PTH115
    while True:
        with socket.socket(socket.AF_UNIX) as listening, suppress(OSError):  # it is there
            listening.bind(name)
            listening.listen(64)
            start_forking(listening.fileno())
        client = socket.socket(socket.AF_UNIX)
        try:
            client.connect(name)
        except ConnectionRefusedError:  # another session has bound it, and is about to listen
            client.close()
            time.sleep(0.01)
        else:
            return client


def start_forking(listening: int) -> None:
    """A process of this program takes connections from ``listening``."""
    program = [*sys.orig_argv[:3], str(listening)]
    subprocess.Popen(
        program, stdin=NULL, stdout=NULL, stderr=NULL, env=ENVIRON, pass_fds=(listening,), start_new_session=True
    )


def fork(listening: socket.socket) -> None:
    """In a fork that runs a command: its script. The process that forks has no end."""
    for module in IMPORTED:
        with suppress(ImportError):
            importlib.import_module(module)
    gc.freeze()  # else each fork copies the memory when it looks for garbage
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait for a command
    while True:
        client, _ = listening.accept()
        if not os.fork():
            listening.close()
            return run(client)
        client.close()


def run(client: socket.socket) -> None:
    """In the fork that runs the command: its script. In the one that waits for it: its exit code is sent."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    text, streams, _, _ = socket.recv_fds(client, 1 << 20, 3)
    if process := os.fork():
        for stream in streams:
            os.close(stream)
        client.sendall(str(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])).encode())
        os._exit(0)
    client.close()
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.argv = json.loads(text)
    sys.path[0] = os.path.dirname(sys.argv[0])  # noqa: PTH120
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    if sys.argv[1:]:
        fork(socket.socket(fileno=int(sys.argv[1])))
    else:
        main()
