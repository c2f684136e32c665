"""Runs in the clients' container: an SMTP server without TLS that asks for a login, takes all mail and tells it.

``python3 -u tape.py PORT…`` → lines ``PORT < what the client said``.
"""

from __future__ import annotations

import socketserver
import sys
import threading

ANSWERS = {"EHLO": b"250-tape.test\r\n250 AUTH PLAIN LOGIN", "DATA": b"354 Go on", "AUTH": b"235 2.7.0 Welcome"}


class Tape(socketserver.StreamRequestHandler):
    """One session."""

    def handle(self) -> None:
        """Agrees to everything; DATA lasts to its dot."""
        port = self.connection.getsockname()[1]
        self.wfile.write(b"220 tape.test ESMTP\r\n")
        in_data = False
        for raw in self.rfile:
            line = raw.decode("utf-8", "replace").rstrip()
            print(f"{port} < {line}")
            if in_data and line != ".":
                continue
            verb, in_data = line[:4].upper(), line[:4].upper() == "DATA"
            self.wfile.write(ANSWERS.get(verb, b"250 2.0.0 Ok") + b"\r\n")
            if verb == "QUIT":
                return


class Server(socketserver.ThreadingTCPServer):
    """A listener that ends with the process."""

    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    servers = [Server(("", int(port)), Tape) for port in sys.argv[1:]]
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
