"""supervisord, woken at once by signals, its words in the stream's form (``python3 -m`` this module).

supervisord looks at its programs and signals after a poll of up to a second, so that a start and a stop take a second
more each. Here every signal ends the poll, through Python's wake-up descriptor, and so does the start itself.
Imports no more of Mailwright than this, since it stays in memory.
"""

from __future__ import annotations

import os
import signal
import sys

from supervisor import loggers
from supervisor.options import ServerOptions
from supervisor.supervisord import Supervisor, asyncore

from mailwright.host.log_line import line

MARKS = {"CRIT": "error: ", "ERRO": "error: ", "WARN": "warn: "}


class Wakeup:
    """A descriptor that becomes readable with each signal; the part of a dispatcher that supervisord asks of it."""

    def __init__(self) -> None:
        self.reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        os.write(writer, b"\0")  # the first look at the programs is due now

    def readable(self) -> bool:
        """Always of interest."""
        return True

    def writable(self) -> bool:
        """Never."""
        return False

    def handle_read_event(self) -> None:
        """Takes the wake-up in; the loop goes on to look at signals and programs by itself."""
        os.read(self.reader, 4096)

    def handle_error(self) -> None:
        """A wake-up that is lost costs a second, no more."""


class Stream(loggers.StreamHandler):  # type: ignore[misc]
    """Writes supervisord's words as lines of the stream."""

    def emit(self, record: loggers.LogRecord) -> None:
        """One line, flushed."""
        said = record.asdict()
        self.stream.write(line("supervisord", MARKS.get(said["levelname"], "") + said["message"]))
        self.flush()


class WakefulOptions(ServerOptions):  # type: ignore[misc]
    """supervisord's options, with the wake-up among the descriptors that its loop polls."""

    def make_logger(self) -> None:
        """The log is the stream, and holds what the reading of the configuration had to say, afterwards."""
        stream = Stream(sys.stdout)
        stream.setLevel(self.loglevel)
        self.logger = loggers.Logger(self.loglevel, [stream])
        for say, texts in (
            (self.logger.critical, self.parse_criticals),
            (self.logger.warn, self.parse_warnings),
            (self.logger.info, self.parse_infos),
        ):
            for text in texts:
                say(text)

    def setsignals(self) -> None:
        """The signals are handled, and end the poll, afterwards."""
        super().setsignals()
        wakeup = Wakeup()
        self.get_socket_map()[wakeup.reader] = wakeup


def main() -> None:
    """Runs supervisord with the command line's options until it is told to stop."""
    options = WakefulOptions()
    options.realize(doc=__doc__)
    options.first, options.test = True, False
    try:
        Supervisor(options).main()
    except asyncore.ExitNow:
        pass
    finally:
        options.close_httpservers()
        options.close_logger()


if __name__ == "__main__":
    main()
