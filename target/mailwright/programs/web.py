"""The application of the web server, on a socket of the file system: ``web /etc/web/application.json``."""

from __future__ import annotations

import json
import logging
import signal
import sys
from pathlib import Path

import uvicorn

from mailwright.host.log_line import line
from mailwright.web.application import application

CONNECTIONS = 64  # at once; more get 503
STOP = 3  # seconds for the answers in progress


class Lines(logging.Handler):
    """What uvicorn logs, one line each. An error has its type only: its text may hold what a stranger sent."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes the line."""
        error = record.exc_info[1] if record.exc_info else None
        what = f"{record.getMessage().strip()}: {type(error).__name__}" if error else record.getMessage()
        sys.stdout.write(line("web", f"error: {what}" if record.levelno >= logging.ERROR else what))
        sys.stdout.flush()


def main(file: str) -> None:
    """Runs until it is stopped, which is its normal end: uvicorn raises the signal again when all is answered."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    stated = json.loads(Path(file).read_text(encoding="utf-8"))
    logging.getLogger("uvicorn").addHandler(Lines())
    configuration = uvicorn.Config(
        application(stated["modules"]),
        uds=stated["socket"],
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,  # nginx's has every request
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=STOP,
    )
    uvicorn.Server(configuration).run()


if __name__ == "__main__":
    main(sys.argv[1])
