"""LOG_FORMAT=json: each line of ``docker logs`` is an object, whatever strangers write; mail.log stays text."""

from __future__ import annotations

import base64
import json
import smtplib
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pytest

from mailwright.formats.mail_log import Event, events
from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.lab import Lab, Server, accounts, message, trusting

PATCHES = "printf 'patched \"so\" \\\\ \\xff\\x1b\\n'\n(sleep 1; echo in the background; printf 'without an end') &\n"
CONFIG = {
    "postfix-accounts.cf": accounts(ALICE, BOB),
    "user-patches.sh": PATCHES,
    "mailserver.env": "LOG_FORMAT=json\n",
}
# What a stranger would like to have in the fields of a line.
FORGED = ", relay=forged, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (x)"
VERDICT = ", (default: F (forged): [0.00/15.00] ["
MESSAGE_ID = "<a>, qid: <FORGED>, ip: 192.0.2.66, (default: F (no action): [0.00/15.00] [>"
STRANGE = ['"', "\\", "\\u0022}", "\x01\x1b[2J", "\x7f\x85", "\u2028", "ж\U0001f600", "\udc80\udcff", "\\\udcff"]
RAW = """
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("/dev/log")
texts = [b"a[1]: NUL \\0 \\" \\\\ \\n{}", b'b"[x]: {"time": 1}', b"c: " + "\\u00e9".encode() * 5000, b"", b"\\xff\\xfe",
    b"d[2]: " + b'"' * 9000, b"e[99999999999]: 1", b"last[3]: done"]
for text in texts:
    s.send(b"<22>" + text)
"""


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A server that was told by its config folder to log JSON, with the filter and fail2ban."""
    settings = {"ENABLE_RSPAMD": "1", "ENABLE_FAIL2BAN": "1", "LOGROTATE_SIZE": "1G"}
    return lab.mailserver("json", CONFIG, settings, "--cap-add", "NET_ADMIN", hostname="mail.example.test")


@pytest.fixture(scope="module")
def used(server: Server) -> Server:
    """The server after a mail, a refused one, a refused login and a ban."""
    server.receives(BOB, server.submit(ALICE, BOB))
    with suppress(smtplib.SMTPException):
        server.deliver("x@outside.test", "nobody@elsewhere.test")
    with pytest.raises(smtplib.SMTPAuthenticationError):
        server.submit(ALICE, BOB, login="nobody@example.test")
    server.run("fail2ban-client", "set", "postfix-sasl", "banip", "192.0.2.7")
    seen(server, action="banned", client="192.0.2.7")
    return server


def entries(server: Server) -> list[dict[str, Any]]:
    """Every line of the log, each of which must be an object with the fields that all have."""
    log = server.log()
    assert "\ufffd" not in log  # a byte that is not UTF-8; our own programs write it as an escape
    lines = [json.loads(line) for line in log.removesuffix("\n").split("\n")]
    for line in lines:
        assert {"time", "host", "service", "program", "severity", "message"} <= line.keys(), line
        assert all(isinstance(text, int if name == "pid" else str) for name, text in line.items()), line
    return lines


def seen(server: Server, **fields: str) -> dict[str, Any]:
    """The first line with ``fields``, waited for."""

    def look() -> dict[str, Any]:
        return next((line for line in entries(server) if fields.items() <= line.items()), {})

    return until(f"{fields}", look, 40)


def strange_clients(server: Server) -> None:
    """Clients with odd bytes in their names, addresses and logins."""
    for text in STRANGE:
        with suppress(smtplib.SMTPException), smtplib.SMTP(server.ip, 25, timeout=20) as client:
            for line in (f"EHLO x{text}", f'MAIL FROM:<"{text}>{FORGED}"@outside.test>', "RCPT TO:<x@y.test>"):
                client.send(line.encode("utf-8", "surrogateescape") + b"\r\n")
                client.getreply()
    login = base64.b64encode("\0".join(("", f"a{''.join(STRANGE)}", "x")).encode("utf-8", "surrogateescape"))
    with smtplib.SMTP(server.ip, 587, local_hostname="client.test", timeout=20) as client:
        client.starttls(context=trusting())
        client.ehlo()
        assert client.docmd("AUTH", f"PLAIN {login.decode()}")[0] == 535


def test_a_mail_a_login_a_refusal_and_a_ban(used: Server) -> None:
    queue_id = seen(used, service="postfix", action="login", user=ALICE)["queue_id"]
    assert seen(used, queue_id=queue_id, action="queued")["from"] == ALICE
    assert seen(used, queue_id=queue_id, action="checked")["verdict"] == "no action"
    delivered = seen(used, queue_id=queue_id, action="delivered")
    assert (delivered["to"], delivered["severity"]) == (BOB, "info")
    assert seen(used, action="stored", user=BOB)["service"] == "dovecot"
    assert seen(used, action="login", user=BOB)["client"]
    assert "554 5.7.1" in seen(used, action="refused", to="nobody@elsewhere.test")["message"]
    assert seen(used, action="login failed", user="nobody@example.test")["severity"] == "warning"
    assert seen(used, action="banned", client="192.0.2.7")["jail"] == "postfix-sasl"


def test_a_change_is_an_action(server: Server) -> None:
    server.run("setup", "email", "add", "carol@example.test", "secret123!abc")
    assert seen(server, action="applied")["service"] == "mailwright"
    assert server.config
    (server.config / "postfix-main.cf").write_text("message_size_limit = 5000000\n")
    assert seen(server, action="reloaded")["message"].startswith("applied ")


def test_every_line_is_an_object_whatever_strangers_write(server: Server) -> None:
    strange_clients(server)
    mail = message("x@outside.test", BOB)
    del mail["Message-ID"]
    mail["Message-ID"] = MESSAGE_ID
    server.deliver(f'"a>{FORGED}"@outside.test', BOB, mail)
    server.deliver(f'"a>{VERDICT}"@outside.test', BOB)
    server.run("python3", "-c", RAW)
    seen(server, program="last", message="done")
    lines = entries(server)
    names = ("queue_id", "verdict")
    assert [line for line in lines if {"forged", "FORGED"} & {line.get(name) for name in names}] == []
    assert {line.get("from") for line in lines} >= {f'"a>{FORGED}"@outside.test', f'"a>{VERDICT}"@outside.test'}
    printed = [line["message"] for line in lines if line["program"] == "user-patches.sh"]
    assert printed == ['patched "so" \\ \ufffd\x1b', "in the background", "without an end"]


def test_the_files_are_text_and_mean_the_same(used: Server) -> None:
    text = used.run("cat", "/var/log/mail/mail.log")
    assert not any(line.startswith("{") for line in text.splitlines())
    found = events(text.splitlines())
    compared = compare(found, {key(line): line for line in entries(used)})
    assert {"sent", "queued", "reject", "login", "login failed", "ban", "client"} <= compared


def key(line: dict[str, Any]) -> tuple[str, str]:
    """When and by whom the line was written, as an Event has it."""
    return line["time"], f"{line['program']}[{line.get('pid', '')}]"


def compare(found: Iterable[Event], lines: dict[tuple[str, str], dict[str, Any]]) -> set[str]:
    """The kinds of events whose fields are those of the line."""
    actions = {"sent": "delivered", "ban": "banned", "reject": "refused"}
    compared = set[str]()
    for event in found:
        line = lines[event.when, event.process]
        if event.kind in ("sent", "deferred", "bounced", "queued", "removed", "login", "login failed", "ban", "reject"):
            assert line.get("action") == actions.get(event.kind, event.kind), (event, line)
        if event.kind not in ("reject", "ban", "client"):
            address = line.get("user") or line.get("to") or line.get("from") or ""
            assert event.kind in ("tls", "connect", "warning", "removed", "junk", "early") or address == event.address
        if event.queue_id:
            assert line["queue_id"] == event.queue_id
        compared.add(event.kind)
    return compared
