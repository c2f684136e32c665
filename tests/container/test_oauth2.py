"""Logins with a token of an identity provider: who signs in, who never does, and what a provider that is down means."""

from __future__ import annotations

import imaplib
import smtplib
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests import clock
from tests.container.conftest import ALICE, BOB
from tests.container.docker import docker, pause, until
from tests.container.lab import HASH, Lab, Server, accounts, env_file, message, trusting
from tests.container.provider import ASKING, Provider
from tests.container.tokens import (
    EVERYWHERE,
    IN,
    LATER,
    OAUTHBEARER,
    REFUSED,
    XOAUTH2,
    encoded,
    imap,
    key_set,
    results,
    signed,
    smtp,
)

GOOD = "token-of-alice-" + "x" * 4000  # as long as tokens with many groups are
TOKENS: Mapping[str, Mapping[str, object]] = {
    GOOD: {"email": "Alice@Example.test", "aud": ["account", "mail"]},
    "token-of-bob": {"email": BOB, "aud": "mail"},
    "token-of-nobody": {"email": "nobody@example.test", "aud": "mail"},
    "token-of-stranger": {"email": "alice@foreign.test", "aud": "mail"},
    "token-of-fullwidth": {"email": "\uff41lice@example.test", "preferred_username": ALICE, "aud": "mail"},
    "token-of-chief": {"email": "chief", "aud": "mail"},
    "token-for-others": {"email": ALICE, "aud": "photos"},
    "token-for-nothing": {"email": ALICE},
    "token-without-name": {"aud": "mail"},
    "token-of-a-guest": {"email": ALICE, "aud": "mail", "active": False},
    "token-answer-500": {"email": ALICE, "aud": "mail", "test": "500"},
    "token-answer-404": {"email": ALICE, "aud": "mail", "test": "404"},
    "token-hangs": {"email": ALICE, "aud": "mail", "test": "hangs"},
}
KEY, OTHER_KEY = (rsa.generate_private_key(65537, 2048) for _ in range(2))
LOCAL = {
    "ENABLE_OAUTH2": "1",
    "OAUTH2_INTROSPECTION_MODE": "local",
    "OAUTH2_ISSUER": "https://id.test/",
    "OAUTH2_AUDIENCE": "mail",
    "OAUTH2_CLIENTS": "thunderbird",
    "ENABLE_POP3": "1",
    "ENABLE_MANAGESIEVE": "1",
}


@dataclass(frozen=True)
class Pair:
    """The mail server and the provider that it asks."""

    server: Server
    provider: Server


@pytest.fixture(scope="module")
def pair(lab: Lab) -> Iterator[Pair]:
    """Both; in the end nothing of a secret is in the log, although Dovecot says as much as it can say."""
    provider = Provider.of(lab, TOKENS)
    config = {
        "postfix-accounts.cf": accounts(ALICE, BOB),
        "dovecot-masters.cf": f"chief|{HASH}\n",
        "dovecot-app-passwords.cf": f"{ALICE}/Phone|{{SHA256.HEX}}{'a' * 64}|imap\n",
        "dovecot.cf": "auth_debug = yes\n",
        "mailserver.env": env_file(ASKING),
        **provider.files,
        "oauth2-keys.json": key_set(KEY, "one"),
    }
    server = lab.mailserver("example", config, {"SPOOF_PROTECTION": "0"}, *provider.address)
    until("an answer of the provider", lambda: imap(server, ALICE, GOOD) == IN)
    yield Pair(server, provider.server)
    said = server.log()
    assert [name for name in (*TOKENS, "client-secret") if name in said] == []


def is_open(host: str) -> bool:
    """Whether something listens on 443."""
    with socket.create_connection((host, 443), 1):
        return True


def test_a_token_signs_in_everywhere(pair: Pair) -> None:
    for login in EVERYWHERE:
        for mechanism in (XOAUTH2, OAUTHBEARER):
            assert login(pair.server, ALICE.upper(), GOOD, mechanism) == IN, (login, mechanism)


def test_a_token_sends(pair: Pair) -> None:
    mail = message(ALICE, BOB)
    with smtplib.SMTP(pair.server.ip, 587, local_hostname="client.test", timeout=20) as client:
        client.starttls(context=trusting())
        client.ehlo()
        assert client.docmd("AUTH", f"{XOAUTH2} {encoded(XOAUTH2, ALICE, GOOD)}")[0] == 235
        client.send_message(mail, ALICE, [BOB])
    pair.server.receives(BOB, str(mail["Message-ID"]))


def test_tokens_are_asked_for_inside_tls_only(pair: Pair) -> None:
    with imaplib.IMAP4(pair.server.ip, 143, timeout=20) as client:
        assert not [word for word in client.capabilities if word.startswith("AUTH=")]
        client.starttls(trusting())
        assert {"AUTH=XOAUTH2", "AUTH=OAUTHBEARER", "AUTH=PLAIN"} <= set(client.capabilities)
    with smtplib.SMTP(pair.server.ip, 587, local_hostname="client.test", timeout=20) as client:
        client.ehlo()
        assert not client.has_extn("auth")


def test_who_is_refused(pair: Pair) -> None:
    logins = [
        (ALICE, "token-that-is-unknown"),
        (ALICE, "token-of-bob"),
        (BOB, GOOD),
        ("nobody@example.test", "token-of-nobody"),
        ("alice@foreign.test", "token-of-stranger"),
        ("chief", "token-of-chief"),
        (f"{ALICE}*chief", "token-of-chief"),
        (f"{ALICE}*{BOB}", "token-of-bob"),
        (ALICE, "token-for-others"),
        (ALICE, "token-for-nothing"),
        (ALICE, "token-without-name"),
        (ALICE, "token-of-a-guest"),
        (ALICE, "token-of-fullwidth"),
        (f"{BOB}\x01user={ALICE}", "token-of-bob"),
        (f"{ALICE}\0", GOOD),
        (ALICE, f"{GOOD}\x01auth=Bearer token-of-bob"),
        (ALICE, f"token-of-bob&token={GOOD}"),
        (ALICE, f"{GOOD}\r\nX: y"),
    ]
    attempts = [(kind, *login) for login in logins for kind in (imap, smtp)]
    assert dict(zip(attempts, results(pair.server, attempts), strict=True)) == dict.fromkeys(attempts, REFUSED)


def test_an_answer_that_says_nothing_is_no_refusal(pair: Pair) -> None:
    tokens = ("token-answer-500", "token-answer-404", "token-hangs")
    attempts = [(kind, ALICE, token) for token in tokens for kind in EVERYWHERE]
    assert results(pair.server, attempts) == [LATER] * len(attempts)
    pair.server.sees("the identity provider id.test answers 404; logins with a token get a temporary error")


@pytest.mark.parametrize(
    ("down", "up"), [(pause, "unpause"), (partial(docker, "stop", "-t", "0"), "start")], ids=["paused", "stopped"]
)
def test_a_provider_that_is_down(pair: Pair, down: Callable[[str], object], up: str) -> None:
    down(pair.provider.name)
    try:
        attempts = [(kind, ALICE, GOOD) for kind in EVERYWHERE]
        assert results(pair.server, attempts) == [LATER] * len(attempts)
        with pair.server.imap(BOB) as client:
            assert client.noop()[0] == "OK"
        pair.server.submit(BOB, ALICE)
        assert "the identity provider id.test" in pair.server.run("setup", "status", check=False)
        assert "the identity provider id.test" in pair.server.run("setup", "doctor", "--offline", check=False)
    finally:
        docker(up, pair.provider.name)
        until("the provider", lambda: is_open(pair.provider.ip))
    assert imap(pair.server, ALICE, GOOD) == IN


def test_nobody_else_asks_or_reads(pair: Pair) -> None:
    ask = "import socket; socket.socket(socket.AF_UNIX).connect('/run/oauth2/introspection.sock')"
    for user in ("vmail", "postfix", "nobody"):
        command = f'python3 -c "{ask}"; cat /etc/oauth2/provider.json'
        said = docker("exec", "-u", user, pair.server.name, "sh", "-c", command, check=False)
        assert said.count("Permission denied") == 2, said
    for shown in (("diff",), ("check", "--json"), ("explain", "OAUTH2_INTROSPECTION_URL"), ("render",)):
        assert "client-secret" not in pair.server.run("mailwright", *shown, check=False)


def goes_over(server: Server, settings: Mapping[str, str]) -> None:
    """The server has taken up ``settings`` while it runs."""
    assert server.config
    before = server.log().count("restarted auth-relay")
    (server.config / "mailserver.env").write_text(env_file(settings))
    until("the new settings", lambda: server.log().count("restarted auth-relay") > before)


@pytest.fixture
def with_keys(pair: Pair) -> Iterator[Server]:
    """The server with the keys of the config folder, and afterwards as before."""
    goes_over(pair.server, LOCAL)
    yield pair.server
    goes_over(pair.server, ASKING)


def test_keys_of_the_config_folder(with_keys: Server) -> None:
    server, now = with_keys, int(clock.now().timestamp())
    claims = {
        "iss": "https://id.test/", "aud": "mail", "azp": "thunderbird", "email": ALICE, "sub": "1",
        "iat": now - 60, "exp": now + 3600,
    }  # fmt: skip
    token = signed(KEY, claims)
    assert results(server, [(kind, ALICE, token) for kind in EVERYWHERE]) == [IN] * len(EVERYWHERE)
    wrong = {
        "expired": signed(KEY, {**claims, "exp": now - 30}),
        "no end": signed(KEY, {name: claim for name, claim in claims.items() if name != "exp"}),
        "audience": signed(KEY, {**claims, "aud": ["photos", "account"]}),
        "issuer": signed(KEY, {**claims, "iss": "https://evil.test/"}),
        "client": signed(KEY, {**claims, "azp": "photos"}),
        "other user": signed(KEY, {**claims, "email": BOB}),
        "no user": signed(KEY, {name: claim for name, claim in claims.items() if name != "email"}),
        "signature": signed(OTHER_KEY, claims),
        "key": signed(KEY, claims, name="two"),
        "way to a key": signed(KEY, claims, name="../RS256/one"),
        "way to a client": signed(KEY, {**claims, "azp": "photos/../thunderbird"}),
        "none": signed(KEY, claims, "none"),
        "public key as secret": signed(KEY, claims, "HS256"),
        "changed": token.replace(".", ".e30", 1),
        "unknown to the provider": GOOD,
    }
    attempts = [(kind, ALICE, each) for each in wrong.values() for kind in (imap, smtp)]
    attempts.append((imap, "nobody@example.test", signed(KEY, {**claims, "email": "nobody@example.test"})))
    attempts.append((smtp, "alice@foreign.test", signed(KEY, {**claims, "email": "alice@foreign.test"})))
    assert results(server, attempts) == [REFUSED] * len(attempts)
    parts = {part for each in (token, *wrong.values()) for part in each.split(".") if part}
    said = server.log()
    assert [part for part in parts if part in said] == []
