"""What mail programs are told over HTTPS: autoconfig, autodiscover, Apple's signed profile and the page for people."""

from __future__ import annotations

import http.client
import json
import plistlib
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from mailwright.core import paths, sockets
from tests import pki
from tests.container.conftest import ALICE
from tests.container.docker import until
from tests.container.lab import Lab, Server, accounts, env_file

HOST, AUTOCONFIG, AUTODISCOVER = "mail.example.test", "autoconfig.example.test", "autodiscover.example.test"
LEAF, INTERMEDIATE, ROOT, KEY = pki.hierarchy(HOST, AUTOCONFIG, AUTODISCOVER)
NOBODY, ALIAS_ONLY, FOREIGN = "nobody@example.test", "info@hosted.test", "alice@other.test"
CONFIG = "/mail/config-v1.1.xml?emailaddress="
POX = "/autodiscover/autodiscover.xml"
REQUEST = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<Autodiscover xmlns="https://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>'
    "<EMailAddress>{}</EMailAddress><AcceptableResponseSchema>"
    "https://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
    "</AcceptableResponseSchema></Request></Autodiscover>"
)
MORE = {"ENABLE_SUBMISSIONS": "1", "ENABLE_POP3": "1"}


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Https:
    """A client that verifies the server's certificate for the name that it asks."""

    server: Server

    def __call__(self, host: str, path: str, body: str | None = None, header: str = "") -> Answer:
        context = ssl.create_default_context(cadata=ROOT)
        raw = socket.create_connection((self.server.ip, 443), 20)
        client = http.client.HTTPSConnection(host, timeout=20)
        client.sock = context.wrap_socket(raw, server_hostname=host)
        try:
            headers = {"Host": header or host, "Content-Type": "text/xml"}
            client.request("GET" if body is None else "POST", path, body, headers)
            answer = client.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, names, answer.read())
        finally:
            client.close()


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A Mailwright with the web server and a certificate of a CA, and settings that can change."""
    config = {
        "postfix-accounts.cf": accounts(ALICE),
        "postfix-virtual.cf": f"{ALIAS_ONLY} {ALICE}\n",
        "ssl/cert.pem": LEAF + INTERMEDIATE,
        "ssl/key.pem": KEY,
        "mailserver.env": env_file({}),
    }
    folder = "/tmp/docker-mailserver/ssl"
    env = {"SSL_TYPE": "manual", "SSL_CERT_PATH": f"{folder}/cert.pem", "SSL_KEY_PATH": f"{folder}/key.pem"}
    server = lab.mailserver("example", config, {"ENABLE_WEB": "1", **env})
    until("the web server", lambda: Https(server)(HOST, "/setup").status == 200)
    return server


@pytest.fixture(scope="module")
def ask(server: Server) -> Https:
    return Https(server)


def ports(answer: Answer) -> list[tuple[str, str]]:
    """Protocol and port of each server in an answer of autoconfig or autodiscover."""
    assert answer.status == 200, answer
    assert answer.headers["content-type"].startswith("text/xml")
    root = ElementTree.fromstring(answer.text)
    servers = root.findall(".//incomingServer") + root.findall(".//outgoingServer")
    if servers:
        return [(each.get("type", ""), each.findtext("port", "")) for each in servers]
    name = "{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}"
    found = root.findall(f".//{name}Protocol")
    return [(each.findtext(f"{name}Type", "").lower(), each.findtext(f"{name}Port", "")) for each in found]


USUAL = [("imap", "993"), ("imap", "143"), ("smtp", "587")]


def test_autoconfig(ask: Https) -> None:
    answer = ask(AUTOCONFIG, CONFIG + quote(ALICE))
    assert ports(answer) == USUAL
    assert answer.headers["cache-control"] == "no-store"
    assert ask(AUTOCONFIG, CONFIG + quote(NOBODY)).body == answer.body
    assert ask(AUTOCONFIG, "/mail/config-v1.1.xml").body == answer.body
    assert ask(HOST, "/.well-known/autoconfig" + CONFIG + quote(ALICE)).body == answer.body
    # Thunderbird asks at the domain of the MX record too.
    hosted = ask(AUTOCONFIG, CONFIG + quote(ALIAS_ONLY))
    assert ports(hosted) == USUAL
    assert "<domain>hosted.test</domain>" in hosted.text
    for foreign in (FOREIGN, "x", '"<&>@example.test', f"{ALICE}<x/>", f"{ALICE}\r\nX: y"):
        assert ask(AUTOCONFIG, CONFIG + quote(foreign)).status == 404
    assert ask(HOST, "/.well-known/autoconfig/mail/config-v1.1.xml").status == 404


def test_autodiscover(ask: Https) -> None:
    answer = ask(AUTODISCOVER, POX, REQUEST.format(ALICE))
    assert ports(answer) == USUAL
    assert f"<LoginName>{ALICE}</LoginName>" in answer.text
    for path in ("/Autodiscover/Autodiscover.xml", "/AutoDiscover/AutoDiscover.xml"):
        assert ask(AUTODISCOVER, path, REQUEST.format(ALICE)).body == answer.body
    other = ask(HOST, POX, REQUEST.format(NOBODY))
    assert other.text.replace(NOBODY, ALICE) == answer.text
    assert ask(AUTODISCOVER, POX, REQUEST.format(FOREIGN)).status == 404
    assert ask(AUTODISCOVER, POX, REQUEST.format("a&amp;b@example.test")).text.count("a&amp;b@example.test") >= 3
    for wrong in (None, "", "<x>", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><EMailAddress>&x;'):
        assert "<ErrorCode>600</ErrorCode>" in ask(AUTODISCOVER, POX, wrong).text
    phone = REQUEST.replace("outlook/responseschema/2006a", "mobilesync/responseschema/2006")
    assert "<ErrorCode>601</ErrorCode>" in ask(AUTODISCOVER, POX, phone.format(ALICE)).text
    assert ask(AUTODISCOVER, POX, "x" * 9000).status == 413


def test_autodiscover_in_json(ask: Https) -> None:
    path = "/autodiscover/autodiscover.json"
    found = ask(AUTODISCOVER, f"{path}?Email={quote(NOBODY)}&Protocol=Autodiscoverv1&RedirectCount=1")
    expected = {"Protocol": "AutodiscoverV1", "Url": f"https://{HOST}{POX}"}
    assert (found.status, json.loads(found.body)) == (200, expected)
    found = ask(AUTODISCOVER, f"{path}/v1.0/{quote(NOBODY)}?Protocol=AutodiscoverV1")
    assert (found.status, json.loads(found.body)) == (200, expected)
    found = ask(AUTODISCOVER, f"{path}?Email={quote(NOBODY)}&Protocol=ActiveSync<x>")
    assert (found.status, json.loads(found.body)["ErrorCode"]) == (400, "InvalidProtocol")
    assert "<x>" not in found.text
    assert ask(AUTODISCOVER, f"{path}?Email={quote(FOREIGN)}&Protocol=Autodiscoverv1").status == 404


def profile(lab: Lab, answer: Answer) -> dict[str, object]:
    """The mail account in a signed profile, after openssl has verified it up to the root."""
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == "application/x-apple-aspen-config"
    folder = lab.folder({"root.pem": ROOT, "profile": answer.body})
    command = ("openssl", "cms", "-verify", "-inform", "DER", "-in", str(folder / "profile"), "-purpose", "any")
    done = subprocess.run((*command, "-CAfile", str(folder / "root.pem")), capture_output=True, check=True)
    (account,) = plistlib.loads(done.stdout)["PayloadContent"]
    return dict(account)


def test_apples_profile(lab: Lab, server: Server, ask: Https) -> None:
    found = profile(lab, ask(HOST, f"/mail.mobileconfig?address={quote(ALICE)}"))
    assert (found["EmailAddress"], found["OutgoingMailServerUsername"]) == (ALICE, ALICE)
    assert (found["IncomingMailServerPortNumber"], found["OutgoingMailServerPortNumber"]) == (993, 587)
    other = profile(lab, ask(AUTOCONFIG, f"/mail.mobileconfig?address={quote(NOBODY)}"))
    assert {name for name in found if found[name] != other[name]} == {
        *("EmailAddress", "EmailAccountDescription", "IncomingMailServerUsername", "OutgoingMailServerUsername"),
        *("PayloadDisplayName", "PayloadIdentifier", "PayloadUUID"),
    }
    for foreign in (FOREIGN, "", "x", f"{ALICE}\nx"):
        assert ask(HOST, f"/mail.mobileconfig?address={quote(foreign)}").status == 404


ASK_SIGNER = """
import socket, sys
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
client.sendall(b"VERSION\\tscript\\t4\\t0\\n-\\n" + "".join(f"{word}\\n" for word in sys.argv[2:]).encode() + b"\\n")
client.shutdown(socket.SHUT_WR)
answer = b""
while part := client.recv(4096):
    answer += part
print(len(answer), answer[-2:])
"""


def test_the_signer_signs_nothing_else_and_keeps_its_key(server: Server) -> None:
    def as_web(*command: str) -> str:
        return server.run("setpriv", "--reuid=web", "--regid=web", "--clear-groups", *command, check=False)

    def signer(*words: str) -> str:
        return as_web("python3", "-c", ASK_SIGNER, sockets.SIGNED_PROFILE, *words)

    assert re.fullmatch(r"\d{4,5} b'\+\\n'\n", signer(ALICE))
    for words in ((FOREIGN,), (f"{ALICE}<x>",), ("-c",), (ALICE, ALICE), ()):
        assert signer(*words) == "2 b'-\\n'\n", words
    for key in (f"/etc/{paths.PROFILE_KEY}", "/etc/dms/tls/key"):
        assert "Permission denied" in as_web("cat", key)
    assert "PRIVATE KEY" in server.run("cat", f"/etc/{paths.PROFILE_KEY}")
    until("no signer in memory", lambda: not server.run("pgrep", "-f", "signed_profile", check=False))


def test_the_page_for_people(ask: Https) -> None:
    assert '<form action="/setup" method="get">' in ask(HOST, "/setup").text
    page = ask(HOST, f"/setup?address={quote(ALICE)}")
    link = f"https://{HOST}/mail.mobileconfig?address={quote(ALICE, safe='')}"
    assert f'<a href="{link}">' in page.text
    assert "<svg" in page.text
    assert "<td>587</td><td>STARTTLS</td>" in page.text
    assert "script" not in page.text
    assert "default-src 'none'; style-src 'sha256-" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert ask(HOST, f"/setup?address={quote(NOBODY)}").status == 200
    for foreign in (FOREIGN, '"><script>alert(1)</script>@example.test'):
        page = ask(HOST, f"/setup?address={quote(foreign)}")
        assert (page.status, "<svg" in page.text, "script" in page.text) == (404, False, False)


def test_a_forged_host_leads_nowhere(ask: Https) -> None:
    for path in (CONFIG + quote(ALICE), f"/setup?address={quote(ALICE)}", POX):
        answer = ask(AUTOCONFIG, path, header="autoconfig.evil.test")
        assert answer.status == 421
        assert "evil" not in answer.text


@pytest.fixture
def more(server: Server, ask: Https) -> Iterator[list[tuple[str, str]]]:
    """The servers of autoconfig while 465 and POP3 are on."""
    assert server.config
    new = [("imap", "993"), ("imap", "143"), ("pop3", "995"), ("pop3", "110"), ("smtp", "465"), ("smtp", "587")]

    def tells(expected: list[tuple[str, str]]) -> bool:
        answer = ask(AUTOCONFIG, CONFIG + quote(ALICE))
        return answer.status == 200 and ports(answer) == expected

    for settings, expected in ((MORE, new), ({}, USUAL)):
        (server.config / "mailserver.env").write_text(env_file(settings))
        until("the settings in autoconfig", partial(tells, expected))
        if settings:
            server.wait_ready(465, 995)
            yield new


def test_one_setting_changes_all_of_them(lab: Lab, server: Server, ask: Https, more: list[tuple[str, str]]) -> None:
    assert ports(ask(AUTOCONFIG, CONFIG + quote(ALICE))) == more
    assert ports(ask(AUTODISCOVER, POX, REQUEST.format(ALICE))) == more
    account = profile(lab, ask(HOST, f"/mail.mobileconfig?address={quote(ALICE)}"))
    assert account["OutgoingMailServerPortNumber"] == 465
    assert "<td>465</td><td>TLS</td>" in ask(HOST, f"/setup?address={quote(ALICE)}").text
    zone = server.run("setup", "dns", "example.test", "--zone")
    assert f"_submissions._tcp.example.test. 3600 IN SRV 0 1 465 {HOST}." in zone
    assert f"_pop3s._tcp.example.test. 3600 IN SRV 20 1 995 {HOST}." in zone
    assert f"autoconfig.example.test. 3600 IN CNAME {HOST}." in zone
