"""Runs in the clients' container: an OAuth2 provider that knows the tokens of a file.

``python3 -u identity_provider.py TOKENS [CERTIFICATE KEY]`` serves on 443 with a certificate, else on 80. TOKENS is
JSON: token → the claims that it tells. A claim ``test`` says what happens instead of an answer: ``hangs``, or the
number of an HTTP status.
"""

from __future__ import annotations

import base64
import json
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

CLIENT = "Basic " + base64.b64encode(b"mail:client-secret").decode()


class Provider(BaseHTTPRequestHandler):
    """Answers with a token's claims: at /userinfo (OpenID Connect), /introspect (RFC 7662) and /tokeninfo (Google)."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The claims of the bearer token, or of the token in the URL; an unknown one is refused as RFC 6750 says."""
        url = urlsplit(self.path)
        token = parse_qs(url.query).get("access_token", [""])[0]
        if url.path == "/userinfo":
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        claims = self.claims(token)
        if claims is None:
            self.answer(401, {"error": "invalid_token"})
        else:
            self.answer(200, claims)

    def do_POST(self) -> None:
        """The claims of the token for the one client that may ask; an unknown one is not active."""
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        if self.headers.get("Authorization") != CLIENT:
            self.answer(401, {"error": "invalid_client"})
            return
        claims = self.claims(form.get("token", [""])[0])
        self.answer(200, {"active": False} if claims is None else {"active": True, **claims})

    def claims(self, token: str) -> dict[str, object] | None:
        """What the file says of the token, read anew for each request."""
        claims: dict[str, object] | None = json.loads(Path(sys.argv[1]).read_text()).get(token)
        if claims and claims.get("test") == "hangs":
            time.sleep(60)
        return claims

    def answer(self, status: int, claims: dict[str, object]) -> None:
        """Sends JSON; the claim ``test`` may be another status."""
        body = json.dumps(claims).encode()
        test = str(claims.get("test", ""))
        self.send_response(int(test) if test.isdigit() else status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says what was asked, without the token."""
        print("asked", self.command, urlsplit(self.path).path, flush=True)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("", 443 if sys.argv[2:] else 80), Provider)
    server.daemon_threads = True
    if sys.argv[2:]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()
