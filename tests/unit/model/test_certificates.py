from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

import pytest

from mailwright import settings
from mailwright.core.values import Value
from mailwright.formats.certificates import Certificate
from mailwright.model import certificates as tls
from mailwright.model.certificates import Lookup
from mailwright.model.missing_files import IN_FOLDER, MOUNT, NO_LETSENCRYPT
from mailwright.model.sources import Content, Unreadable
from mailwright.model.variables import Variables
from tests.pki import pair
from tests.unit.formats.test_acme_json import b64
from tests.unit.operator import NOW, told

HOST, DOMAIN, CONFIG = "mail.example.com", "example.com", "/tmp/docker-mailserver"
LIVE = "/etc/letsencrypt/live"


@cache
def kept(name: str) -> tuple[bytes, bytes]:
    chain, key = pair(name)
    return chain.encode(), key.encode()


def at(chain: str, key: str, name: str = HOST) -> dict[str, Content]:
    """A pair for ``name`` at two paths."""
    return dict(zip((chain, key), kept(name), strict=True))


def live(name: str, key: str = "privkey.pem") -> dict[str, Content]:
    return at(f"{LIVE}/{name}/fullchain.pem", f"{LIVE}/{name}/{key}", name if name != DOMAIN else "*.example.com")


def acme(*names: str) -> dict[str, Content]:
    chain, key = kept(names[0])
    entry = {"domain": {"main": names[0], "sans": names[1:]}, "certificate": b64(chain.decode())}
    store = {"le": {"Certificates": [entry | {"key": b64(key.decode())}]}}
    return {tls.ACME: json.dumps(store).encode()}


def found(files: Mapping[str, Content], **said: str) -> tuple[list[str], list[str]]:
    """Where the certificates that are ours were found, and what was told."""
    values = {name: Value(text, f"mailserver.env:{line}") for line, (name, text) in enumerate(said.items(), start=7)}
    chosen, problems = settings.settings(values)
    assert not problems
    lookup = Lookup(chosen, HOST, DOMAIN, files, Variables(values, chosen), NOW)
    certificates, refusals = lookup.certificates()
    assert all(isinstance(certificate, Certificate) for certificate in certificates)
    return [certificate.where for certificate in certificates], told(refusals)


MANUAL = {"SSL_TYPE": "manual", "SSL_CERT_PATH": "/c/cert.pem", "SSL_KEY_PATH": "/c/key.pem"}
ALT = {"SSL_ALT_CERT_PATH": "/c/alt-cert.pem", "SSL_ALT_KEY_PATH": "/c/alt-key.pem"}
OWN_FILES = at("/var/mail-state/tls/cert.pem", "/var/mail-state/tls/key.pem")
SSL = f"{CONFIG}/ssl"


@pytest.mark.parametrize(
    ("files", "said", "where"),
    [
        (OWN_FILES, {}, ["/var/mail-state/tls/cert.pem"]),
        (OWN_FILES, {"SSL_TYPE": "snakeoil"}, ["/var/mail-state/tls/cert.pem"]),
        (at("/c/cert.pem", "/c/key.pem"), MANUAL, ["/c/cert.pem"]),
        (
            {**at("/c/cert.pem", "/c/key.pem"), **at("/c/alt-cert.pem", "/c/alt-key.pem", "*.example.com")},
            MANUAL | ALT,
            ["/c/cert.pem", "/c/alt-cert.pem"],
        ),
        (
            at(f"{SSL}/{HOST}-cert.pem", f"{SSL}/{HOST}-key.pem"),
            {"SSL_TYPE": "self-signed"},
            [f"{SSL}/{HOST}-cert.pem"],
        ),
        (live(HOST) | live(DOMAIN), {"SSL_TYPE": "letsencrypt"}, [f"{LIVE}/{HOST}/fullchain.pem"]),
        (live(DOMAIN), {"SSL_TYPE": "letsencrypt"}, [f"{LIVE}/{DOMAIN}/fullchain.pem"]),
        (live(HOST, "key.pem"), {"SSL_TYPE": "letsencrypt"}, [f"{LIVE}/{HOST}/fullchain.pem"]),
        (
            live(HOST) | live(DOMAIN),
            {"SSL_TYPE": "letsencrypt", "SSL_DOMAIN": "*.example.com"},
            [f"{LIVE}/{DOMAIN}/fullchain.pem"],
        ),
        (live(HOST) | acme(HOST), {"SSL_TYPE": "letsencrypt"}, [tls.ACME]),
        (acme("*.example.com"), {"SSL_TYPE": "letsencrypt"}, [tls.ACME]),
        (acme("*.example.com"), {"SSL_TYPE": "letsencrypt", "SSL_DOMAIN": "example.com"}, [tls.ACME]),
        (live(HOST) | acme("other.example"), {"SSL_TYPE": "letsencrypt"}, [f"{LIVE}/{HOST}/fullchain.pem"]),
    ],
)
def test_which_certificate_is_ours(files: dict[str, Content], said: dict[str, str], where: list[str]) -> None:
    assert found(files, **said) == (where, [])


def entry(*names: str, days: int = 90, starts: int = -1) -> tuple[str, dict[str, object]]:
    """A new certificate, and its entry in acme.json."""
    chain, key = pair(*names, days=days, starts=starts)
    return chain, {"domain": {"main": names[0], "sans": names[1:]}, "certificate": b64(chain), "key": b64(key)}


EXPIRED, FUTURE = entry(HOST, days=-1, starts=-90), entry(HOST, days=190, starts=9)
SHORT, LONG = entry(HOST, days=30), entry(HOST, days=60)
WILDCARD, PARENT = entry("*.example.com", days=80), entry(DOMAIN, days=85)
BROKEN = ("", {"domain": {"main": HOST}, "certificate": b64("x"), "key": b64("x")})


@pytest.mark.parametrize(
    ("entries", "best"),
    [
        ((EXPIRED, SHORT), SHORT),
        ((FUTURE, SHORT), SHORT),
        ((SHORT, LONG), LONG),
        ((WILDCARD, SHORT), SHORT),
        ((EXPIRED, WILDCARD), WILDCARD),
        ((PARENT, SHORT), SHORT),
        ((BROKEN, SHORT), SHORT),
        ((EXPIRED,), EXPIRED),
    ],
)
def test_the_best_of_a_store_is_used(
    entries: tuple[tuple[str, dict[str, object]], ...], best: tuple[str, object]
) -> None:
    chosen, _ = settings.settings({"SSL_TYPE": Value("letsencrypt", "environment")})
    for ordered in (entries, entries[::-1]):
        store = {tls.ACME: json.dumps({"le": {"Certificates": [each for _, each in ordered]}}).encode()}
        (ours,), _ = Lookup(chosen, HOST, DOMAIN, store, Variables({}, chosen), NOW).certificates()
        assert ours.chain == best[0]


def pem(days: int, starts: int = -1, name: str = HOST) -> tuple[bytes, bytes]:
    chain, key = pair(name, days=days, starts=starts)
    return chain.encode(), key.encode()


def folder(name: str, files: tuple[bytes, bytes]) -> dict[str, Content]:
    return {f"{LIVE}/{name}/fullchain.pem": files[0], f"{LIVE}/{name}/privkey.pem": files[1]}


@pytest.mark.parametrize(
    ("files", "where"),
    [
        (folder(HOST, pem(-1, -90)) | folder(f"{HOST}-0001", pem(60)), f"{LIVE}/{HOST}-0001/fullchain.pem"),
        (folder(HOST, pem(60)) | folder(f"{HOST}-0001", pem(30)), f"{LIVE}/{HOST}/fullchain.pem"),
        (
            folder(f"{HOST}-0001", pem(30)) | folder(f"{HOST}-0002", pem(60)),
            f"{LIVE}/{HOST}-0002/fullchain.pem",
        ),
        (
            folder(HOST, pem(30)) | folder(f"{HOST}-0001", pem(60, name="www.example.com")),
            f"{LIVE}/{HOST}/fullchain.pem",
        ),
        (folder(HOST, pem(-1, -90)) | folder(DOMAIN, pem(60, name="*.example.com")), f"{LIVE}/{DOMAIN}/fullchain.pem"),
        (folder(HOST, pem(95)) | acme(HOST), f"{LIVE}/{HOST}/fullchain.pem"),
        (folder(HOST, pem(5)) | acme(HOST), tls.ACME),
    ],
)
def test_the_best_of_live_and_the_store_is_used(files: dict[str, Content], where: str) -> None:
    for ordered in (files, dict(reversed(files.items()))):
        assert found(ordered, SSL_TYPE="letsencrypt")[0] == [where]


def test_a_folder_that_is_passed_over_is_told() -> None:
    files = folder(f"{HOST}-0001", pem(60)) | {f"{LIVE}/{HOST}/fullchain.pem": kept(HOST)[0]}
    where, problems = found(files, SSL_TYPE="letsencrypt")
    assert where == [f"{LIVE}/{HOST}-0001/fullchain.pem"]
    assert len(problems) == 1
    assert problems[0].startswith("warning: ")
    assert f"{LIVE}/{HOST}/privkey.pem does not exist" in problems[0]


def test_folders_for_other_names_are_named() -> None:
    chain = {f"{LIVE}/{name}/fullchain.pem": kept(HOST)[0] for name in ("www.example.net", "other.example-0001")}
    _, problems = found(chain, SSL_TYPE="letsencrypt")
    assert problems[0].endswith(f"; {LIVE} has other.example-0001, www.example.net (hint: set SSL_DOMAIN)")


def test_a_store_with_a_broken_certificate_only_is_told() -> None:
    store = {tls.ACME: json.dumps({"le": {"Certificates": [BROKEN[1]]}}).encode()}
    assert found(store, SSL_TYPE="letsencrypt") == ([], [f"{tls.ACME}: holds no certificate in PEM form"])


def test_custom_holds_both_in_one_file() -> None:
    full = f"{SSL}/{HOST}-full.pem"
    assert found({full: kept(HOST)[1] + kept(HOST)[0]}, SSL_TYPE="custom") == ([full], [])


def test_self_signed_appends_its_authority() -> None:
    files = at(f"{SSL}/{HOST}-cert.pem", f"{SSL}/{HOST}-key.pem") | {f"{SSL}/demoCA/cacert.pem": kept(DOMAIN)[0]}
    chosen, _ = settings.settings({"SSL_TYPE": Value("self-signed", "environment")})
    (ours,), _ = Lookup(chosen, HOST, DOMAIN, files, Variables(), NOW).certificates()
    assert ours.chain.encode() == kept(HOST)[0] + kept(DOMAIN)[0]


LETSENCRYPT = f"{LIVE}/{HOST}/fullchain.pem, {LIVE}/{DOMAIN}/fullchain.pem"


@pytest.mark.parametrize(
    ("files", "said", "problem"),
    [
        ({}, {"SSL_TYPE": "manual"}, "7: SSL_TYPE: manual needs SSL_CERT_PATH and SSL_KEY_PATH"),
        ({}, MANUAL, f"8: SSL_CERT_PATH: /c/cert.pem does not exist (hint: {MOUNT})"),
        ({"/c/cert.pem": Unreadable("does not exist")}, MANUAL,
         f"8: SSL_CERT_PATH: /c/cert.pem does not exist (hint: {MOUNT})"),
        ({"/c/cert.pem": Unreadable("is a folder, not a file")}, MANUAL,
         "8: SSL_CERT_PATH: /c/cert.pem is a folder, not a file"),
        ({"/c/cert.pem": kept(HOST)[0]}, MANUAL, f"9: SSL_KEY_PATH: /c/key.pem does not exist (hint: {MOUNT})"),
        ({}, {"SSL_TYPE": "custom"}, f"7: SSL_TYPE=custom: {SSL}/{HOST}-full.pem does not exist (hint: {IN_FOLDER})"),
        ({}, {"SSL_TYPE": "letsencrypt"},
         f"7: SSL_TYPE: letsencrypt found no certificate; looked for {LETSENCRYPT} (hint: {NO_LETSENCRYPT})"),
        (acme("other.example"), {"SSL_TYPE": "letsencrypt"},
         f"7: SSL_TYPE: letsencrypt found no certificate; looked for {LETSENCRYPT} and {tls.ACME} ({HOST}, {DOMAIN}) "
         "(hint: set SSL_DOMAIN)"),
    ],
)  # fmt: skip
def test_no_certificate(files: dict[str, Content], said: dict[str, str], problem: str) -> None:
    assert found(files, **said) == ([], [f"mailserver.env:{problem}"])


def test_half_of_a_second_pair() -> None:
    said = MANUAL | {"SSL_ALT_CERT_PATH": "/c/alt-cert.pem"}
    where, problems = found(at("/c/cert.pem", "/c/key.pem"), **said)
    assert where == ["/c/cert.pem"]
    assert problems == ["mailserver.env:10: SSL_ALT_CERT_PATH: needs SSL_ALT_KEY_PATH as well"]
    said = MANUAL | {"SSL_ALT_KEY_PATH": "/c/alt-key.pem"}
    assert found({}, **said)[1][0] == "mailserver.env:10: SSL_ALT_KEY_PATH: needs SSL_ALT_CERT_PATH as well"


def test_a_key_of_another_names_the_file() -> None:
    files = at("/c/cert.pem", "/c/key.pem") | {"/c/key.pem": kept(DOMAIN)[1]}
    assert found(files, **MANUAL) == ([], ["/c/key.pem: the key does not fit the certificate in /c/cert.pem"])


def test_a_doubtful_certificate_is_used_and_told() -> None:
    where, problems = found(at("/c/cert.pem", "/c/key.pem", "example.net"), **MANUAL)
    assert where == ["/c/cert.pem"]
    assert problems == [f"warning: /c/cert.pem: is issued for example.net, not for {HOST}"]


def test_everything_that_is_looked_at_is_wanted() -> None:
    chosen, _ = settings.settings({"SSL_TYPE": Value("letsencrypt", "environment")})
    folders = (f"{HOST}-0001", "other.example")
    wanted = list(tls.wanted_paths(chosen, HOST, DOMAIN, live=folders))
    assert wanted[:2] == [f"{LIVE}/{HOST}/fullchain.pem", f"{LIVE}/{HOST}/privkey.pem"]
    assert {tls.ACME, LIVE, f"{LIVE}/{DOMAIN}/key.pem", f"{LIVE}/{HOST}-0001/privkey.pem"} <= {*wanted}
    assert [path for path in wanted if "other" in path] == [f"{LIVE}/other.example/fullchain.pem"], "no key of another"
