"""Logins with a token: what mail programs send, and tokens that an identity provider signs."""

from __future__ import annotations

import hashlib
import hmac
import imaplib
import json
import smtplib
import socket
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.container.lab import Server, trusting

XOAUTH2, OAUTHBEARER = "XOAUTH2", "OAUTHBEARER"
IN, REFUSED, LATER = "in", "refused", "later"
Login = Callable[[Server, str, str], str]


def response(mechanism: str, user: str, token: str) -> str:
    """What a mail program sends (Google's XOAUTH2; RFC 7628, section 3.1)."""
    start = f"user={user}\x01" if mechanism == XOAUTH2 else f"n,a={user},\x01host=mail\x01port=993\x01"
    return f"{start}auth=Bearer {token}\x01\x01"


def encoded(mechanism: str, user: str, token: str) -> str:
    """The same in base64."""
    return b64encode(response(mechanism, user, token).encode()).decode()


def imap(server: Server, user: str, token: str, mechanism: str = XOAUTH2) -> str:
    """How a login on 993 ends."""
    with imaplib.IMAP4_SSL(server.ip, 993, ssl_context=trusting(), timeout=20) as client:
        answers = iter([response(mechanism, user, token).encode()])
        try:
            client.authenticate(mechanism, lambda _: next(answers, b""))
        except imaplib.IMAP4.error as error:
            codes = {"[UNAVAILABLE]": LATER, "[AUTHENTICATIONFAILED]": REFUSED, "[AUTHORIZATIONFAILED]": REFUSED}
            return codes[str(error).split()[0]]
        assert client.select("INBOX")[0] == "OK"
        return IN


def smtp(server: Server, user: str, token: str, mechanism: str = XOAUTH2) -> str:
    """How a login on 587 ends."""
    with smtplib.SMTP(server.ip, 587, local_hostname="client.test", timeout=20) as client:
        client.starttls(context=trusting())
        client.ehlo()
        code, _ = client.docmd("AUTH", f"{mechanism} {encoded(mechanism, user, token)}")
        if code == 334:
            code, _ = client.docmd("")
        return {235: IN, 535: REFUSED, 454: LATER}[code]


def pop3(server: Server, user: str, token: str, mechanism: str = XOAUTH2) -> str:
    """How a login on 995 ends."""
    with socket.create_connection((server.ip, 995), 20) as plain, trusting().wrap_socket(plain) as tls:
        stream = tls.makefile("rw", newline="")
        stream.readline()
        return _dialogue(stream, f"AUTH {mechanism} {encoded(mechanism, user, token)}", "+OK", "SYS/TEMP")


def managesieve(server: Server, user: str, token: str, mechanism: str = XOAUTH2) -> str:
    """How a login on 4190 ends."""
    with socket.create_connection((server.ip, 4190), 20) as plain:
        stream = plain.makefile("rw", newline="")
        _until_ok(stream)
        stream.write("STARTTLS\r\n")
        stream.flush()
        _until_ok(stream)
        with trusting().wrap_socket(plain) as tls:
            stream = tls.makefile("rw", newline="")
            _until_ok(stream)
            command = f'AUTHENTICATE "{mechanism}" "{encoded(mechanism, user, token)}"'
            return _dialogue(stream, command, "OK", "TRYLATER")


def _until_ok(stream: Any) -> None:
    while not stream.readline().startswith("OK"):
        pass


def _dialogue(stream: Any, command: str, good: str, temporary: str) -> str:
    """How a login ends, after an empty answer to a challenge."""
    stream.write(command + "\r\n")
    stream.flush()
    line = stream.readline()
    if not line.startswith((good, "-ERR", "NO")):
        stream.write('""\r\n' if good == "OK" else "\r\n")
        stream.flush()
        line = stream.readline()
    return IN if line.startswith(good) else LATER if temporary in line else REFUSED


EVERYWHERE = (imap, smtp, pop3, managesieve)


def results(server: Server, logins: Iterable[tuple[Login, str, str]]) -> list[str]:
    """How logins at the same time end: Dovecot answers a wrong one two seconds later."""
    with ThreadPoolExecutor(20) as pool:
        return list(pool.map(lambda login: login[0](server, *login[1:]), logins))


def token_of(address: str) -> str:
    """The token of an identity provider for ``address``."""
    return f"token-of-{address}"


def tokens_of(*addresses: str) -> dict[str, dict[str, str]]:
    """Such tokens and what they claim."""
    return {token_of(address): {"email": address, "aud": "mail"} for address in addresses}


def everywhere(server: Server, *users: str) -> set[str]:
    """How logins of ``users`` with their tokens end, on all ports."""
    return {*results(server, [(login, user, token_of(user.lower())) for user in users for login in EVERYWHERE])}


def number(value: int) -> str:
    """A number of a key set."""
    return _url64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def key_set(key: rsa.RSAPrivateKey, name: str) -> str:
    """The key set of a provider with one key."""
    numbers = key.public_key().public_numbers()
    return json.dumps({"keys": [{"kty": "RSA", "kid": name, "n": number(numbers.n), "e": number(numbers.e)}]})


def signed(key: rsa.RSAPrivateKey, claims: Mapping[str, object], algorithm: str = "RS256", name: str = "one") -> str:
    """A token (RFC 7519). HS256 is signed with the public key as its secret, none is not signed."""
    header = {"alg": algorithm, "typ": "JWT", "kid": name}
    text = ".".join(_url64(json.dumps(part).encode()) for part in (header, claims))
    if algorithm == "none":
        return f"{text}."
    if algorithm == "HS256":
        secret = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return f"{text}.{_url64(hmac.digest(secret, text.encode(), hashlib.sha256))}"
    return f"{text}.{_url64(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _url64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
