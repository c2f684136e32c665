"""supervisord that reacts to signals at once and logs in the stream's form. programs/start.py runs it.

Debian's supervisord polls its programs and signals once a second, so that a start and a stop take up to a second
longer. Here every signal ends the poll, through Python's wake-up descriptor, and so does the start itself.
Imports no more of Mailwright than this, since it stays in memory.
"""

from __future__ import annotations

import os
import pkgutil
import signal
import sys
from types import ModuleType

# supervisord names one function by it, see import_spec(). It takes a tenth of a second, and 6 MB for good.
sys.modules["pkg_resources"] = ModuleType("pkg_resources")
# Its server speaks HTTP on a socket of this machine, without TLS, and unpacks nothing. Python's modules for it import
# these if they are there: 1.6 MB for good, and 4 MB of libraries. They do without them; _hashlib is OpenSSL's part of
# hashlib, which has its own.
UNUSED = ("_hashlib", "bz2", "lzma", "ssl")
sys.modules.update(dict.fromkeys(UNUSED))  # type: ignore[arg-type]  # None: an import ends as if it were not there
from supervisor import dispatchers, loggers  # noqa: E402
from supervisor.options import ServerOptions  # noqa: E402
from supervisor.supervisord import Supervisor, asyncore  # noqa: E402

for name in ("pkg_resources", *UNUSED):
    del sys.modules[name]

from mailwright.host.log_line import is_json, line  # noqa: E402

CONFIGURATION = "/etc/supervisor/supervisord.conf"
LONGEST = 8192  # bytes of a line
MARKS = {"CRIT": "error: ", "ERRO": "error: ", "WARN": "warn: "}


class Wakeup:
    """A descriptor that becomes readable with each signal, with the methods of a supervisord dispatcher."""

    def __init__(self) -> None:
        self.reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        os.write(writer, b"\0")  # the first look at the programs is due now

    def readable(self) -> bool:
        """Always polled for reading."""
        return True

    def writable(self) -> bool:
        """Never polled for writing."""
        return False

    def handle_read_event(self) -> None:
        """Empties the descriptor; supervisord's loop then looks at signals and programs."""
        os.read(self.reader, 4096)

    def handle_error(self) -> None:
        """Does nothing: a lost wake-up only costs a second."""


class Stream(loggers.StreamHandler):  # type: ignore[misc]
    """Writes supervisord's log as lines of the stream."""

    def emit(self, record: loggers.LogRecord) -> None:
        """One line, flushed."""
        entry = record.asdict()
        self.stream.write(line("supervisord", MARKS.get(entry["levelname"], "") + entry["message"]))
        self.flush()


class Output(dispatchers.POutputDispatcher):  # type: ignore[misc]
    """What a program writes on its standard output. With LOG_FORMAT=json, each of its lines is one of the stream."""

    output_buffer: bytes = b""

    def record_output(self) -> None:
        """Whole lines are written; the begin of the next one waits, unless it is too long."""
        if not is_json():
            super().record_output()
            return
        whole, end, rest = self.output_buffer.rpartition(b"\n")
        if len(rest) > LONGEST:
            whole, end, rest = self.output_buffer, b"", b""
        self.output_buffer = rest
        if end or whole:
            self._log(b"".join(map(self.as_line, whole.split(b"\n"))))

    def as_line(self, text: bytes) -> bytes:
        """A line of the program as a line of the stream; nothing if it is empty."""
        from mailwright.host.json_line import of_bytes  # not in memory before

        return of_bytes(self.process.config.name, text)

    def close(self) -> None:
        """The last line is written even if it has no end."""
        rest, self.output_buffer = self.output_buffer, b""
        if rest:
            self._log(self.as_line(rest) if is_json() else rest)
        super().close()


class WakefulOptions(ServerOptions):  # type: ignore[misc]
    """supervisord's options, with the wake-up among the descriptors that its loop polls."""

    def make_logger(self) -> None:
        """The log goes to the stream, beginning with the messages about reading the configuration."""
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

    def import_spec(self, spec: str) -> object:
        """The function that ``module:name`` in supervisord.conf names."""
        return pkgutil.resolve_name(spec)

    def setsignals(self) -> None:
        """Signals are handled and end the poll."""
        super().setsignals()
        wakeup = Wakeup()
        self.get_socket_map()[wakeup.reader] = wakeup


def main() -> None:
    """Runs supervisord with the options of the command line until it is stopped."""
    dispatchers.POutputDispatcher = Output
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


def run() -> int:
    """Supervisord's exit code."""
    sys.argv = ["supervisord", "-c", CONFIGURATION]
    try:
        main()
    except Exception as error:  # noqa: BLE001  the door: nothing else would catch it
        from mailwright.host.failures import problem  # not in memory before

        sys.stderr.write(line("supervisord", f"error: {problem(error)}"))
        return 1
    return 0
