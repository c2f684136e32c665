"""What the identity provider is asked about a token, and what Dovecot is told."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlencode

import pytest

from mailwright.observe import elsewhere
from mailwright.programs import token_introspection
from mailwright.programs.token_introspection import Provider, Unavailable, serve
from tests.pki import hierarchy

USERINFO = Provider("http://id.test/userinfo", "auth", None, "email", ())
INTROSPECT = Provider("http://id.test/introspect?a=b", "post", ("mail", "pass:word"), "email", ("active",))
TOKENINFO = Provider("https://id.test/tokeninfo?access_token=", "get", None, "email", ())
EMAIL = {"email": "alice@example.com"}
TOLD = {"active": "true", "username": "alice@example.com", "aud": "", "scope": ""}
INACTIVE = {"active": "false"}


def test_each_mode_asks_in_its_way() -> None:
    json_only = {"Accept": "application/json"}
    assert USERINFO.question("a/b") == ("GET", "/userinfo", "", {**json_only, "Authorization": "Bearer a/b"})
    assert TOKENINFO.question("a/b") == ("GET", "/tokeninfo?access_token=a%2Fb", "", json_only)
    method, path, body, headers = INTROSPECT.question("a/b")
    assert (method, path, body) == ("POST", "/introspect?a=b", "token=a%2Fb")
    assert headers["Authorization"] == "Basic bWFpbDpwYXNzOndvcmQ="
    assert "Authorization" not in replace(INTROSPECT, client=None).question("a")[3]
    assert replace(USERINFO, url="http://id.test").question("a")[1] == "/"


@pytest.mark.parametrize(
    ("provider", "status", "claims", "told"),
    [
        (USERINFO, 200, EMAIL, TOLD),
        (USERINFO, 401, {"error": "invalid_token"}, INACTIVE),
        (USERINFO, 401, EMAIL, INACTIVE),
        (USERINFO, 403, {}, INACTIVE),
        (USERINFO, 200, {}, INACTIVE),
        (USERINFO, 200, {"email": ["alice@example.com"]}, INACTIVE),
        (USERINFO, 200, {"email": "alice@example.com\0"}, INACTIVE),
        (USERINFO, 200, {"email": "alice@example.com\ud800"}, INACTIVE),
        (replace(USERINFO, active=("email_verified",)), 200, EMAIL, INACTIVE),
        (replace(USERINFO, active=("email_verified",)), 200, {**EMAIL, "email_verified": False}, INACTIVE),
        (replace(USERINFO, active=("email_verified",)), 200, {**EMAIL, "email_verified": True}, TOLD),
        (replace(USERINFO, username="name"), 200, {**EMAIL, "name": "a"}, {**TOLD, "username": "a"}),
        (TOKENINFO, 400, {"error": "invalid_token"}, INACTIVE),
        (TOKENINFO, 200, {**EMAIL, "aud": "mail", "scope": "a b"}, {**TOLD, "aud": "mail", "scope": "a b"}),
        (INTROSPECT, 200, {"active": False, **EMAIL}, INACTIVE),
        (INTROSPECT, 200, EMAIL, INACTIVE),
        (INTROSPECT, 200, {"active": "yes", **EMAIL}, INACTIVE),
        (INTROSPECT, 200, {"active": True, **EMAIL, "aud": ["a", "b"]}, {**TOLD, "aud": "a\tb"}),
        (INTROSPECT, 200, {"active": "true", **EMAIL, "aud": [1, "b\tmail"], "scope": ["a", "b"]},
         {**TOLD, "scope": "a b"}),
    ],
)  # fmt: skip
def test_what_dovecot_is_told(provider: Provider, status: int, claims: dict[str, Any], told: dict[str, str]) -> None:
    assert provider.verdict(status, json.dumps(claims).encode()) == told


@pytest.mark.parametrize(
    ("provider", "status", "body", "why"),
    [
        (USERINFO, 500, b"{}", "answers 500"),
        (USERINFO, 302, b"", "answers 302"),
        (USERINFO, 404, b"", "answers 404"),
        (USERINFO, 429, b"", "answers 429"),
        (USERINFO, 200, b"<html>", "answers something else than a JSON object: is OAUTH2_INTROSPECTION_URL right?"),
        (USERINFO, 200, b"[]", "answers something else than a JSON object: is OAUTH2_INTROSPECTION_URL right?"),
        (INTROSPECT, 401, b'{"error": "invalid_client"}', "answers 401: it does not accept OAUTH2_CLIENT_ID"),
    ],
)
def test_what_says_nothing_of_the_token(provider: Provider, status: int, body: bytes, why: str) -> None:
    with pytest.raises(Unavailable, match=why.replace("?", r"\?")):
        provider.verdict(status, body)


class Fake(BaseHTTPRequestHandler):
    """A provider that says what the test wants."""

    protocol_version = "HTTP/1.1"
    answers: list[tuple[int, bytes]]
    goes_on: Event

    def do_GET(self) -> None:
        status, body = self.answers.pop(0)
        if not status:
            self.goes_on.wait(20)
            return
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 500:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def fake(loopback: None) -> Iterator[tuple[ThreadingHTTPServer, type[Fake]]]:
    class Kind(Fake):
        answers: list[tuple[int, bytes]] = []  # noqa: RUF012  the test fills it
        goes_on = Event()

    kind = Kind
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        server.daemon_threads, server.block_on_close = True, False
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server, kind
        kind.goes_on.set()
        server.shutdown()
        thread.join()


class Dovecot(http.client.HTTPConnection):
    """Dovecot's connection to the program."""

    def __init__(self, path: str) -> None:
        super().__init__("token-introspection.invalid", timeout=20)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)

    def asks(self, token: str) -> tuple[int, dict[str, str]]:
        self.request("POST", "http://token-introspection.invalid/", urlencode({"token": token}))
        answer = self.getresponse()
        said = json.loads(answer.read())
        return answer.status, {} if answer.status == 503 and said.pop("why") and not said else said


@pytest.fixture
def asked(tmp_path: Path, loopback: None) -> Iterator[Any]:
    servers, threads = [], []

    def start(provider: Provider) -> Dovecot:
        path = str(tmp_path / "s")
        server = serve(provider, path)
        server.block_on_close = False
        threads.append(Thread(target=server.serve_forever, args=(0.02,)))
        threads[-1].start()
        servers.append(server)
        return Dovecot(path)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
    for thread in threads:
        thread.join()


def port(server: ThreadingHTTPServer) -> int:
    return int(server.server_address[1])


def test_one_connection_serves_many_logins(fake: Any, asked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    server, kind = fake
    good = json.dumps(EMAIL).encode()
    kind.answers[:] = [(200, good), (401, b"{}"), (500, b""), (200, good), (200, good)]
    dovecot = asked(replace(USERINFO, url=f"http://127.0.0.1:{port(server)}/userinfo"))
    assert [dovecot.asks("secret-token") for _ in range(4)] == [(200, TOLD), (200, INACTIVE), (503, {}), (200, TOLD)]
    assert dovecot.asks("secret-token") == (200, TOLD)
    dovecot.close()
    said = capsys.readouterr().out
    assert "oauth2: the identity provider 127.0.0.1 answers 500; logins with a token get a temporary error" in said
    assert "secret-token" not in said


def test_a_provider_that_hangs(
    fake: Any, asked: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    server, kind = fake
    monkeypatch.setattr(token_introspection, "SECONDS", 0.2)
    kind.answers[:] = [(0, b"")]
    dovecot = asked(replace(USERINFO, url=f"http://127.0.0.1:{port(server)}/userinfo"))
    assert dovecot.asks("t") == (503, {})
    dovecot.close()
    assert "does not answer in time" in capsys.readouterr().out
    kind.answers[:] = [(500, b""), (200, b'{"active": false}')]
    assert list(elsewhere.away(tmp_path / "none", dovecot.path)) == ["the identity provider  answers 500"]
    assert list(elsewhere.away(tmp_path / "none", dovecot.path)) == []


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_a_provider_that_trickles(
    loopback: None, asked: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any, start: bytes
) -> None:
    monkeypatch.setattr(token_introspection, "SECONDS", 0.4)

    def trickle(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(start)
            while not over.wait(0.05):
                connection.sendall(b"x")

    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=trickle, args=(listener,))
        thread.start()
        dovecot = asked(replace(USERINFO, url=f"http://127.0.0.1:{listener.getsockname()[1]}/userinfo"))
        dovecot.timeout = 5
        try:
            assert dovecot.asks("t") == (503, {})
            thread.join(5)
            assert not thread.is_alive()  # nobody is connected any more
        finally:
            over.set()
            dovecot.close()
            thread.join()
    assert "does not answer in time" in capsys.readouterr().out


def test_a_provider_that_is_down(asked: Any, capsys: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        dovecot = asked(replace(USERINFO, url=f"http://127.0.0.1:{taken.getsockname()[1]}/userinfo"))
        assert dovecot.asks("t") == (503, {})
        dovecot.close()
    assert "cannot be reached (connection refused)" in capsys.readouterr().out


@pytest.mark.parametrize("trusted", [True, False])
def test_the_certificate_is_verified(fake: Any, asked: Any, tmp_path: Path, trusted: bool, capsys: Any) -> None:
    server, kind = fake
    leaf, intermediate, root, key = hierarchy("localhost")
    for name, text in {"chain": leaf + intermediate, "key": key, "ca": root if trusted else hierarchy("x")[2]}.items():
        (tmp_path / name).write_text(text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "chain", tmp_path / "key")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    kind.answers[:] = [(200, json.dumps(EMAIL).encode())]
    dovecot = asked(replace(USERINFO, url=f"https://localhost:{port(server)}/userinfo", ca=str(tmp_path / "ca")))
    assert dovecot.asks("t") == ((200, TOLD) if trusted else (503, {}))
    dovecot.close()
    said = capsys.readouterr().out
    assert ("has a certificate that is not valid here" in said) is not trusted


@pytest.mark.parametrize("token", ["", "a\r\nX: y", "ä"])
def test_what_is_no_token_is_not_asked_about(asked: Any, token: str) -> None:
    dovecot = asked(USERINFO)
    assert dovecot.asks(token) == (200, INACTIVE)
    dovecot.close()


def test_a_question_that_is_too_long(asked: Any) -> None:
    dovecot = asked(USERINFO)
    dovecot.putrequest("POST", "/")
    dovecot.putheader("Content-Length", str((1 << 16) + 1))
    dovecot.endheaders()  # the refusal does not wait for the rest
    answer = dovecot.getresponse()
    assert (answer.status, answer.read()) == (413, b"{}")
    dovecot.close()
