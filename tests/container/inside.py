"""Commands inside a container, without a ``docker exec`` for each: one stays there and starts them.

A ``docker exec`` costs about a tenth of a second of a core, most of it in the engine, and a test that waits for
something looks many times. agent.py runs there, and has ``setup`` and ``mailwright`` start without Python's imports.
"""

from __future__ import annotations

import json
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

AGENT = Path(__file__).with_name("agent.py").read_text("utf-8")


@dataclass(frozen=True)
class Done:
    """A command that has ended: its exit code, and what it wrote on stdout and stderr."""

    code: int
    printed: str
    said: str


class LostError(Exception):
    """The container has gone, or is another one now; the command has not begun."""


class Session:
    """One process inside a container that starts one command after another."""

    def __init__(self, container: str) -> None:
        self.process = subprocess.Popen(
            ["docker", "exec", "-i", container, "python3", "-c", AGENT],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def run(self, command: tuple[str, ...], text: str) -> Done:
        """What came of ``command``; LostError if it has not begun."""
        if not self._ask(json.dumps({"command": command, "text": text})):
            raise LostError
        answer = self._hear()
        if not answer:  # the container ended in the middle
            return Done(137, "", "")
        return Done(answer["code"], _text(answer["printed"]), _text(answer["said"]))

    def _ask(self, line: str) -> bool:
        assert self.process.stdin
        try:
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()
        except OSError:
            return False
        return bool(self._hear())

    def _hear(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        return dict(json.loads(line)) if line.endswith("\n") else {}

    def end(self) -> None:
        """Nothing of the session is left on this machine."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream
            with suppress(BrokenPipeError):  # of a line that was never sent
                stream.close()


def _text(raw: str) -> str:
    """Output as subprocess gives it in text mode."""
    text = raw.encode("latin-1").decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass
class Sessions:
    """The sessions of one container: as many as there were commands at the same time."""

    container: str
    idle: list[Session] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, command: tuple[str, ...], text: str) -> Done:
        """What came of ``command``; LostError if nothing runs there."""
        while True:
            with self.lock:
                known = self.idle.pop() if self.idle else None
            session = known or Session(self.container)
            try:
                done = session.run(command, text)
            except LostError:
                session.end()
                if known is None:
                    raise
                continue  # of a container that was started anew since
            except BaseException:
                session.end()
                raise
            with self.lock:
                self.idle.append(session)
            return done

    def end(self) -> None:
        """Every session has ended; the next command begins another."""
        with self.lock:
            sessions, self.idle = self.idle, []
        for session in sessions:
            session.end()


def execute(container: str, command: tuple[str, ...], text: str) -> Done:
    """What comes of ``command`` by a docker exec of its own."""
    arguments = ["docker", "exec", "-i", container, *command]
    done = subprocess.run(arguments, input=text, capture_output=True, text=True, errors="replace", check=False)
    return Done(done.returncode, done.stdout, done.stderr)
