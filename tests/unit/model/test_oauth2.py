"""Whose tokens sign in, and what the operator is told of the settings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailwright.explain.redaction import mask
from mailwright.model import oauth2
from mailwright.model.sources import Unreadable
from mailwright.render.tree import render
from mailwright.settings import Settings
from tests.pki import pair
from tests.unit.formats.test_key_set import EC_ENTRY
from tests.unit.operator import ACCOUNTS, inputs, mailserver, refused

URL = "https://id.example.com/userinfo"
ASKS = {"ENABLE_OAUTH2": "1", "OAUTH2_INTROSPECTION_URL": URL}
POST = {**ASKS, "OAUTH2_INTROSPECTION_MODE": "post", "OAUTH2_AUDIENCE": "mail"}
LOCAL = {
    "ENABLE_OAUTH2": "1",
    "OAUTH2_INTROSPECTION_MODE": "local",
    "OAUTH2_ISSUER": "https://id.example.com/",
    "OAUTH2_AUDIENCE": "mail",
}
KEYS = {**ACCOUNTS, "oauth2-keys.json": json.dumps({"keys": [{**EC_ENTRY, "kid": "a/b"}]})}


def told(config: dict[str, str] | None = None, /, **environ: str) -> list[str]:
    """What is told of OAuth2."""
    return [
        problem.replace("environment: ", "") for problem in refused(config, **environ) if "postmaster" not in problem
    ]


def test_off_is_off() -> None:
    assert mailserver().oauth2 is None
    assert told(OAUTH2_INTROSPECTION_URL=URL) == [
        "warning: OAUTH2_INTROSPECTION_URL: has no effect without ENABLE_OAUTH2=1"
    ]
    assert told({**ACCOUNTS, "oauth2-keys.json": "{}"}) == []
    tree = render(mailserver())
    assert "auth_mechanisms = plain login\n" in tree["dovecot/dovecot.conf"].content
    assert "oauth2" not in tree["dovecot/dovecot.conf"].content + tree["supervisor/supervisord.conf"].content


def test_without_dovecot_nobody_logs_in() -> None:
    assert mailserver(**ASKS, SMTP_ONLY="1").oauth2 is None
    assert told(**ASKS, SMTP_ONLY="1")[0].startswith("warning: ENABLE_OAUTH2: SMTP_ONLY runs no Dovecot")


def test_as_docker_mailserver_has_it() -> None:
    made = mailserver(
        ENABLE_OAUTH2="1", OAUTH2_INTROSPECTION_URL="http://authentik:9000/application/o/userinfo/"
    ).oauth2
    assert made is not None
    assert (made.url, made.client, made.asks) == ("http://authentik:9000/application/o/userinfo/", None, True)
    assert told(ENABLE_OAUTH2="1", OAUTH2_INTROSPECTION_URL="http://authentik:9000/userinfo/") == [
        "warning: OAUTH2_AUDIENCE: is not set: tokens that the provider gives to any other application sign in here "
        "too (hint: OAUTH2_INTROSPECTION_MODE=post with the introspection endpoint)",
        "warning: OAUTH2_INTROSPECTION_URL: http:// to authentik: whoever reaches the network between can read "
        "tokens and forge answers (hint: https:// verifies the provider)",
    ]


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("authentik:9000", True),
        ("localhost", True),
        ("127.0.0.1", True),
        ("[::1]:8080", True),
        ("10.1.2.3", True),
        ("[fd00::1]", True),
        ("keycloak.internal", True),
        ("id.example.com", False),
        ("8.8.8.8", False),
        ("[2606:4700::1111]", False),
    ],
)
def test_http_goes_within_a_private_network_only(host: str, allowed: bool) -> None:
    problems = told(ENABLE_OAUTH2="1", OAUTH2_INTROSPECTION_URL=f"http://{host}/userinfo")
    [problem] = [problem for problem in problems if "http:// to" in problem]
    assert problem.startswith("warning: ") is allowed


@pytest.mark.parametrize(
    ("environ", "client"),
    [
        ({"OAUTH2_INTROSPECTION_URL": "https://mail:Qx%407z@id.example.com:8443/i?a=b"}, ("mail", "Qx@7z")),
        ({"OAUTH2_INTROSPECTION_URL": "https://id.example.com:8443/i?a=b", "OAUTH2_CLIENT_ID": "mail",
          "OAUTH2_CLIENT_SECRET": "Qx@7z"}, ("mail", "Qx@7z")),
    ],
)  # fmt: skip
def test_the_client_that_asks(environ: dict[str, str], client: tuple[str, str]) -> None:
    server = mailserver(**{**POST, **environ})
    made = server.oauth2
    assert made is not None
    assert (made.url, made.client) == ("https://id.example.com:8443/i?a=b", client)
    assert "Qx@7z" not in repr(made)
    file = render(server)["oauth2/provider.json"]
    assert (file.mode, file.owner, file.secret) == (0o400, "_oauth2:_oauth2", True)
    assert json.loads(file.content)["client"] == ["mail", "Qx@7z"]
    others = [other.content for path, other in render(server).items() if path != "oauth2/provider.json"]
    assert not any(secret in other for other in others for secret in ("@7z", "407z"))  # a key may have "7z" by chance
    hidden = mask(server.settings)
    assert not any("7z" in hidden.line(f"X={text}") for text in environ.values())


CLIENT_URL = "https://mail:secret@id.example.com/i"


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({"ENABLE_OAUTH2": "1"},
         "ENABLE_OAUTH2: needs OAUTH2_INTROSPECTION_URL, where the provider says whose a token is"),
        ({**ASKS, "OAUTH2_INTROSPECTION_URL": CLIENT_URL},
         "OAUTH2_INTROSPECTION_URL: OAUTH2_INTROSPECTION_MODE=auth sends no client and password"),
        ({**ASKS, "OAUTH2_INTROSPECTION_MODE": "get", "OAUTH2_CLIENT_ID": "mail", "OAUTH2_CLIENT_SECRET": "secret"},
         "OAUTH2_CLIENT_ID: OAUTH2_INTROSPECTION_MODE=get sends no client and password"),
        ({**POST, "OAUTH2_INTROSPECTION_URL": CLIENT_URL, "OAUTH2_CLIENT_ID": "a", "OAUTH2_CLIENT_SECRET": "secret"},
         "OAUTH2_CLIENT_ID: OAUTH2_INTROSPECTION_URL contains a client already"),
        ({**POST, "OAUTH2_CLIENT_ID": "mail"}, "OAUTH2_CLIENT_ID: needs OAUTH2_CLIENT_SECRET too"),
        ({**POST, "OAUTH2_CLIENT_SECRET": "secret"}, "OAUTH2_CLIENT_SECRET: needs OAUTH2_CLIENT_ID too"),
        ({**ASKS, "OAUTH2_AUDIENCE": "mail"}, "OAUTH2_AUDIENCE: a userinfo endpoint does not say what a token is for"),
        ({**ASKS, "OAUTH2_SCOPE": "mail"}, "OAUTH2_SCOPE: a userinfo endpoint does not say what a token is for"),
        ({**ASKS, "OAUTH2_INTROSPECTION_URL": "https://u:secret@"}, "OAUTH2_INTROSPECTION_URL: the value is not a URL"),
        ({**ASKS, "OAUTH2_INTROSPECTION_URL": "ftp://secret"}, "OAUTH2_INTROSPECTION_URL: the value is not a URL"),
        ({**ASKS, "OAUTH2_INTROSPECTION_URL": "https://[secret/"}, "OAUTH2_INTROSPECTION_URL: the value is not a URL"),
        ({**ASKS, "OAUTH2_USERNAME_ATTRIBUTE": "a b"}, "OAUTH2_USERNAME_ATTRIBUTE: 'a b' has blanks, quotes or other"),
        ({**ASKS, "OAUTH2_CA_FILE": "/missing.pem"}, "OAUTH2_CA_FILE: /missing.pem does not exist"),
        ({**LOCAL}, "OAUTH2_INTROSPECTION_MODE: local needs oauth2-keys.json"),
        ({**LOCAL, "OAUTH2_ISSUER": ""}, "OAUTH2_INTROSPECTION_MODE: local needs OAUTH2_ISSUER"),
        ({**LOCAL, "OAUTH2_AUDIENCE": ""}, "OAUTH2_INTROSPECTION_MODE: local needs OAUTH2_AUDIENCE"),
        ({**LOCAL, "OAUTH2_CLIENTS": "a,.."}, "OAUTH2_CLIENTS: .. is not a name that Dovecot can look up"),
    ],
)  # fmt: skip
def test_what_is_refused(environ: dict[str, str], problem: str) -> None:
    problems = told(**environ)
    assert [each for each in problems if each.startswith(problem)], problems
    assert not any("secret" in each.replace("CLIENT_SECRET", "") for each in problems)


def test_what_has_no_effect_is_told() -> None:
    assert told(KEYS, **LOCAL, OAUTH2_INTROSPECTION_URL=URL) == [
        "warning: OAUTH2_INTROSPECTION_URL: has no effect with OAUTH2_INTROSPECTION_MODE=local: nobody is asked"
    ]
    assert "OAUTH2_ISSUER: has no effect without OAUTH2_INTROSPECTION_MODE=local" in told(**POST, OAUTH2_ISSUER="a")[0]


def test_local_keys_lie_where_dovecot_looks_for_them() -> None:
    server = mailserver(KEYS, **LOCAL, OAUTH2_CLIENTS="thunderbird https://app/")
    assert server.oauth2 is not None
    assert not server.oauth2.asks
    names = [path for path in render(server) if path.startswith("dovecot/oauth2-keys/")]
    parties = ("default", "https:%2f%2fapp%2f", "thunderbird")
    assert names == [f"dovecot/oauth2-keys/{party}/ES256/a%2fb" for party in parties]
    made = mailserver(KEYS, **LOCAL).oauth2
    assert made is not None
    assert {name.partition("/")[0] for name, _ in made.key_files()} == {"default", "mail"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "/ca.pem holds no certificates in PEM form",
        ),
        (b"", "/ca.pem holds no certificates in PEM form"),
        (Unreadable("is a folder, not a file"), "/ca.pem is a folder, not a file"),
        (pair("ca")[0].encode(), ""),
    ],
)
def test_the_authorities(content: Any, problem: str) -> None:
    given = inputs(**POST, OAUTH2_CA_FILE="/ca.pem")
    assert oauth2.wanted_paths(given.settings) == ("/ca.pem",)
    assert oauth2.wanted_paths(Settings.model_validate({"oauth2_ca_file": "/ca.pem"})) == ()
    files = {**given.sources.files, "/ca.pem": content}
    given = type(given)(given.reading.with_files(files), given.folder, given.provisioner)
    made, problems = oauth2.oauth2(given)
    assert [each.what for each in problems] == ([f"OAUTH2_CA_FILE: {problem}"] if problem else [])
    assert made is None if problem else made is not None and made.ca == content.decode()


def test_the_key_of_a_certificate_stays_where_it_is() -> None:
    chain, key = pair("ca")
    given = inputs(**POST, OAUTH2_CA_FILE="/ca.pem")
    files = {**given.sources.files, "/ca.pem": (key + chain).encode()}
    made, _ = oauth2.oauth2(type(given)(given.reading.with_files(files), given.folder, given.provisioner))
    assert made is not None
    assert made.ca == chain


def dovecot_conf(**environ: str) -> str:
    return render(mailserver({**KEYS, "dovecot-masters.cf": "chief|{SHA512-CRYPT}$6$a$b\n"}, **environ))[
        "dovecot/dovecot.conf"
    ].content


@pytest.mark.parametrize("environ", [ASKS, POST, LOCAL])
def test_who_never_signs_in_with_a_token(environ: dict[str, str]) -> None:
    text = dovecot_conf(**environ)
    masters = text[text.index("passdb masters {") :]
    assert "mechanisms_filter = plain login" in masters[: masters.index("\n}")]
    # A user without an account is refused after the accounts have been asked, and a master user at once.
    assert (
        text.index("passdb token_of_master {")
        < text.index("passdb token_hidden {")
        < text.index("passdb passwd-file {")
    )
    assert text.index("passdb passwd-file {") < text.index("passdb token_without_account {")
    for name in ("token_of_master", "token_without_account"):
        block = text[text.index(f"passdb {name} {{") :]
        block = block[: block.index("\n}")]
        assert "result_success = return-fail" in block
        assert "result_failure = return-fail" in block
        assert "use_cache = no" in block
        assert "mechanisms_filter = oauthbearer xoauth2" in block


def test_an_attribute_that_must_be_true() -> None:
    def active(**environ: str) -> list[str]:
        return json.loads(render(mailserver(**environ))["oauth2/provider.json"].content)["active"]  # type: ignore[no-any-return]

    assert active(**ASKS) == []
    assert active(**ASKS, OAUTH2_ACTIVE_ATTRIBUTE="email_verified") == ["email_verified"]
    assert active(**POST, OAUTH2_ACTIVE_ATTRIBUTE="email_verified") == ["active", "email_verified"]
    assert active(**POST, OAUTH2_ACTIVE_ATTRIBUTE="active") == ["active"]
    assert 'active_attribute = "email"\n' in dovecot_conf(**LOCAL)
    assert 'active_attribute = "x"\n  active_value = true\n' in dovecot_conf(**LOCAL, OAUTH2_ACTIVE_ATTRIBUTE="x")


def test_postfix_is_connected_to_no_old_dovecot() -> None:
    tree = render(mailserver({**KEYS, "dovecot.cf": "a = b\n"}, **LOCAL))
    paths = [path for path in tree if path.startswith("dovecot/oauth2-keys/")]
    for path in (*paths, "dovecot/dovecot.conf", "dovecot/local.conf"):
        assert tree[path].readers == ("dovecot", "auth-relay")
    # A key that is gone is a change of this file too.
    assert "public keys of the provider: a/b\n" in tree["dovecot/dovecot.conf"].content
