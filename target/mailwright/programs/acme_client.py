"""acme_client: asks the CA what its standard input says, and writes the answer. programs.acme starts it as _acme."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import tempfile
import threading

MEMORY = 512 << 20  # bytes
STACK = 1 << 20  # of a thread


def main() -> int:
    """The exit code; the answer is on standard output."""
    os.umask(0o022)  # the web server reads answers to challenges
    threading.stack_size(STACK)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from mailwright.issuance import preflight
    from mailwright.issuance.request import Answer, Request, Result

    request = Request.read(sys.stdin.read())
    output = sys.stdout
    with tempfile.TemporaryDirectory(prefix="acme-") as folder, contextlib.redirect_stdout(sys.stderr):
        tempfile.tempdir = folder
        if request.orders_now:
            from mailwright.issuance import client

            answer = client.answer(request)
        else:
            found, hints = preflight.doubts(request)
            results = (
                Result(failures={name: found[name] for name in one.names if name in found}) for one in request.wanted
            )
            answer = Answer(tuple(results), hints=tuple(hints))
    output.write(answer.text())
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
