"""``python3 -m mailwright.programs.token_introspection FILE``: asks the identity provider whose a token is.

Dovecot asks over a socket of the file system (RFC 7662) and judges by the answer. It does not ask the provider itself:
it takes a refused token (401) for a failure of the provider, and does not read a list of audiences. The answer here is
the token's claims, or that it is not active, or 503 if nobody can tell. No token is logged.
"""

from __future__ import annotations

import base64
import http.client
import io
import json
import socket
import socketserver
import ssl
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, TypeGuard
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from mailwright.host import verified_tls
from mailwright.host.log_line import line

SECONDS = 2.0  # with the two seconds after a failed login, a client waits less than five
MOST = 1 << 16  # bytes of a question or an answer
# A provider's answers about a token that is not, or no longer, valid (RFC 6750, section 3.1).
REFUSALS = (400, 401, 403)
INACTIVE = {"active": "false"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Unavailable(Exception):  # noqa: N818  an answer, not an error
    """Nobody can tell whose a token is; the text says why."""


@dataclass(frozen=True)
class Provider:
    """The identity provider: its endpoint, how it is asked, and what its answers mean."""

    url: str
    mode: str  # auth, post or get, as in OAUTH2_INTROSPECTION_MODE
    client: tuple[str, str] | None
    username: str  # name of the claim with the user's address
    active: tuple[str, ...]  # names of the claims that must be true
    ca: str = ""  # file of certificates; empty: the public ones

    @property
    def host(self) -> str:
        """Its name in the log."""
        return urlsplit(self.url).hostname or ""

    def connection(self) -> http.client.HTTPConnection:
        """A connection to it, not yet open; TLS is verified."""
        parts = urlsplit(self.url)
        if parts.scheme == "http":
            made = http.client.HTTPConnection(self.host, parts.port, timeout=SECONDS)
        else:
            made = http.client.HTTPSConnection(self.host, parts.port, timeout=SECONDS, context=self.tls)
        made.response_class = Answer
        return made

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """Verifies its certificate. Reading the authorities takes longer than a question."""
        return verified_tls.context(self.ca)

    def question(self, token: str) -> tuple[str, str, str, dict[str, str]]:
        """Method, path, body and headers of the question about ``token``."""
        parts = urlsplit(self.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Accept": "application/json"}
        if self.mode == "auth":
            return "GET", path, "", {**headers, "Authorization": f"Bearer {token}"}
        if self.mode == "get":
            return "GET", path + quote(token, safe=""), "", headers
        if self.client:
            # Not form-encoded first (RFC 6749, section 2.3.1): many providers do not decode it.
            headers["Authorization"] = "Basic " + base64.b64encode(":".join(self.client).encode()).decode()
        return "POST", path, urlencode({"token": token}), {**headers, **FORM}

    def verdict(self, status: int, body: bytes) -> dict[str, str]:
        """What Dovecot is told: the claims that it judges by, or that the token is not active."""
        if status in REFUSALS and self.mode != "post":
            return INACTIVE
        if not 200 <= status < 300:
            why = ": it does not accept OAUTH2_CLIENT_ID" if status in REFUSALS else ""
            raise Unavailable(f"answers {status}{why}")
        try:
            claims = json.loads(body)
        except (ValueError, RecursionError):
            claims = None
        if not isinstance(claims, dict):
            raise Unavailable("answers something else than a JSON object: is OAUTH2_INTROSPECTION_URL right?")
        username = claims.get(self.username)
        if not _is_name(username) or not all(_is_true(claims.get(name)) for name in self.active):
            return INACTIVE
        # Without a scope Dovecot would look for OAUTH2_SCOPE among the audiences.
        lists = {"aud": _joined(claims.get("aud"), "\t"), "scope": _joined(claims.get("scope"), " ")}
        return {"active": "true", "username": username, **lists}


def _is_name(claim: object) -> TypeGuard[str]:
    """Whether it can be a login at all; Dovecot would call one with a NUL a failure of the provider."""
    return isinstance(claim, str) and claim.isprintable()


def _is_true(claim: object) -> bool:
    return claim is True or claim == "true"


def _joined(claim: Any, separator: str) -> str:
    """A claim that is a text or a list of texts, as Dovecot splits it again."""
    texts = claim if isinstance(claim, list) else [claim]
    return separator.join(text for text in texts if isinstance(text, str) and text.isprintable())


class Timely(io.RawIOBase):
    """What ``source`` reads from ``connection``, for SECONDS altogether and not for each byte."""

    def __init__(self, connection: socket.socket, source: io.RawIOBase) -> None:
        self.connection, self.source, self.deadline = connection, source, time.monotonic() + SECONDS

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Reads, or TimeoutError once the time is over."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.connection.settimeout(left)
        try:
            return self.source.readinto(buffer)
        finally:
            self.connection.settimeout(SECONDS)  # for the next question

    def close(self) -> None:
        """Closes the source too."""
        self.source.close()
        super().close()


class Answer(http.client.HTTPResponse):
    """An answer of the provider. One that trickles would hold a thread and a connection for hours."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp: io.BufferedReader = io.BufferedReader(Timely(sock, self.fp.detach()))


class Session(BaseHTTPRequestHandler):
    """One connection of Dovecot. It keeps a connection to the provider, for its next question."""

    protocol_version = "HTTP/1.1"
    provider: Provider
    upstream: http.client.HTTPConnection | None = None

    def do_POST(self) -> None:
        """Answers one question."""
        length = int(self.headers.get("Content-Length", 0))
        if length > MOST:
            self.reply(413, {})
            self.close_connection = True
            return
        token = parse_qs(self.rfile.read(length).decode("ascii", "replace")).get("token", [""])[0]
        if not token.isascii() or not token.isprintable() or not token:
            self.reply(200, INACTIVE)
            return
        try:
            self.reply(200, self.provider.verdict(*self.ask(token)))
        except Unavailable as error:
            what = f"the identity provider {self.provider.host} {error}; logins with a token get a temporary error"
            sys.stdout.write(line("oauth2", what))
            sys.stdout.flush()
            self.reply(503, {"why": str(error)})

    def ask(self, token: str) -> tuple[int, bytes]:
        """Status and body of the provider's answer; a connection that it has closed meanwhile is opened again."""
        kept = self.upstream is not None
        try:
            return self.exchange(token)
        except (http.client.HTTPException, OSError) as error:
            self.hang_up()
            if not kept or isinstance(error, TimeoutError):
                raise Unavailable(_reason(error)) from None
        try:
            return self.exchange(token)
        except (http.client.HTTPException, OSError) as error:
            self.hang_up()
            raise Unavailable(_reason(error)) from None

    def exchange(self, token: str) -> tuple[int, bytes]:
        """One question and its answer. The answer is read to its end, so that the connection can be kept."""
        self.upstream = self.upstream or self.provider.connection()
        method, path, body, headers = self.provider.question(token)
        self.upstream.request(method, path, body or None, headers)
        answer = self.upstream.getresponse()
        text = answer.read(MOST + 1)
        if len(text) > MOST:
            raise http.client.LineTooLong("answer")
        return answer.status, text

    def hang_up(self) -> None:
        """Closes the connection to the provider."""
        if self.upstream:
            self.upstream.close()
            self.upstream = None

    def finish(self) -> None:
        """Closes both connections."""
        self.hang_up()
        super().finish()

    def reply(self, status: int, answer: dict[str, str]) -> None:
        """Sends ``answer`` as JSON."""
        body = json.dumps(answer).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: a request's first line can be wrong and hold anything."""


def _reason(error: Exception) -> str:
    """Why the provider did not answer, without a word of what was sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that is not valid here ({error.verify_message}); OAUTH2_CA_FILE can name its issuer"
    if isinstance(error, TimeoutError):
        return "does not answer in time"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be reached ({error.strerror.lower()})"
    return f"does not answer as a web server does ({type(error).__name__})"


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """The socket. Dovecot opens ten connections at most."""

    daemon_threads = True
    request_queue_size = 64


def serve(provider: Provider, socket: str) -> Server:
    """A server on ``socket``, whose folder decides who may connect; its serve_forever() runs it."""
    Path(socket).unlink(missing_ok=True)
    server = Server(socket, type("Session", (Session,), {"provider": provider}))
    Path(socket).chmod(0o666)
    return server


def main(file: str) -> None:
    """Runs until it is stopped."""
    stated = json.loads(Path(file).read_text())
    socket = stated.pop("socket")
    client = stated.pop("client")
    provider = Provider(**{**stated, "active": tuple(stated["active"])}, client=tuple(client) if client else None)
    serve(provider, socket).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
