"""setup report, and the mailed report, of a server that met a known mix of mail: each number is exact."""

from __future__ import annotations

import base64
import email
import imaplib
import json
import re
import smtplib
from email.policy import default
from typing import Any

import pytest

from mailwright.core import paths
from tests.container.docker import CLIENTS, until
from tests.container.lab import Lab, Server, accounts, trusting
from tests.container.sender import hand_over, mail
from tests.container.test_filters import MARKED, PATTERNS, REFUSED
from tests.container.test_rotation import LOG, PROGRAM

ALICE, BOB, CAROL = "alice@example.test", "bob@example.test", "carol@other.test"
DAVE, ERIN, GHOST = "dave@outside.test", "erin@outside.test", "ghost@example.test"
CONFIG = {
    "postfix-accounts.cf": accounts(ALICE, BOB),
    "postfix-main.cf": "postscreen_dnsbl_sites = bl.test*9\npostscreen_dnsbl_action = enforce\n",
    **PATTERNS,
}
ENV = {
    "ENABLE_RSPAMD": "1",
    "ENABLE_FAIL2BAN": "1",
    "PFLOGSUMM_TRIGGER": "logrotate",
    "LOGWATCH_INTERVAL": "daily",
    "LOGWATCH_RECIPIENT": BOB,
    "LOGROTATE_SIZE": "1M",
}
EARLY = """
import socket, sys
client = socket.create_connection((sys.argv[1], 25), 9)
client.sendall(b"EHLO x\\r\\n"); client.recv(100); client.recv(100)
"""


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A server that filters and bans, beside one to which its users send; it has met the mix."""
    other, listed = lab.address(), lab.address()
    lab.zone(
        f"host-record=mail.other.test,{other}",
        *(f"mx-host={domain},mail.other.test,10" for domain in ("other.test", "example.test")),
        f"host-record=mail.down.test,{lab.dns}",
        "mx-host=down.test,mail.down.test,10",
        f"host-record={'.'.join(reversed(listed.split('.')))}.bl.test,127.0.0.2",
    )
    lab.mailserver("other", {"postfix-accounts.cf": accounts(CAROL)}, {"SMTPD_TLS_SECURITY_LEVEL": "may"}, ip=other)
    server = lab.mailserver("example", CONFIG, ENV, "--cap-add", "NET_ADMIN")
    until("fail2ban", lambda: "nobody is banned" in server.run("setup", "fail2ban"))
    meet_strangers(lab, server, listed)
    serve_users(server)
    return server


def meet_strangers(lab: Lab, server: Server, listed_ip: str) -> None:
    """Strangers have tried everything afterwards."""
    outside, early = (
        lab.container(name, image=CLIENTS, command=("sleep", "infinity")) for name in ("outside", "early")
    )
    listed = lab.container("listed", image=CLIENTS, command=("sleep", "infinity"), ip=listed_ip)
    for text in ("one", "two", ("y" * 70 + "\n") * 3000):
        assert hand_over(outside, server, mail(DAVE, ALICE, text), DAVE, ALICE) == "250"
    assert hand_over(outside, server, mail(ERIN, BOB, MARKED), ERIN, BOB) == "250"
    assert hand_over(outside, server, mail(ERIN, BOB, REFUSED), ERIN, BOB).startswith("554")
    for recipient in ("nobody@example.test", "nobody@example.test", "x@elsewhere.test"):
        assert hand_over(outside, server, mail(ERIN, recipient), ERIN, recipient).startswith("55")
    early.run("python3", "-c", EARLY, server.ip)
    assert hand_over(listed, server, mail(ERIN, ALICE), ERIN, ALICE).startswith("550")


def serve_users(server: Server) -> None:
    """Users have sent mail and guessed passwords afterwards."""
    for recipient in (CAROL, CAROL, "nobody@other.test", "x@down.test", BOB):
        server.submit(ALICE, recipient)
    for login in (ALICE, GHOST):
        with pytest.raises(imaplib.IMAP4.error):
            server.imap(login, "wrong")
    with smtplib.SMTP(server.ip, 587, timeout=30) as client:
        client.starttls(context=trusting())
        client.ehlo()
        assert client.docmd("AUTH", "PLAIN " + base64.b64encode(f"\0{GHOST}\0wrong".encode()).decode())[0] == 535
    server.run("setup", "fail2ban", "ban", "192.0.2.1")
    server.run("sendmail", "-f", "root@mail.example.test", BOB, text="Subject: local\n\nx\n")


@pytest.fixture(scope="module")
def report(server: Server) -> dict[str, Any]:
    """The report as JSON, once everything is delivered, and before a test of this module makes more mail."""
    # The bounce for nobody@other.test is delivered to alice; it was received from nobody.
    expected = {"delivered": 7, "junk": 1, "sent": 2, "deferred": 1, "bounced": 1, "expired": 0}

    def seen() -> dict[str, Any]:
        values: dict[str, Any] = json.loads(server.run("setup", "report", "--since", "1h", "--json"))
        assert values["deliveries"] == expected, values["deliveries"]
        return values

    return until("all deliveries", seen)


def counts(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Name → count."""
    return {row["name"]: row["count"] for row in rows}


def test_each_number(report: dict[str, Any]) -> None:
    assert report["mails"] == {"received": 4, "submitted": 5, "sieve": 0, "local": 1}
    assert report["with_tls"] == {"received": 0, "submitted": 5, "sieve": 0, "local": 0, "sent": 2}
    assert report["refused"] == {"unknown user": 2, "block list": 1, "filter": 1, "relay denied": 1}
    assert report["spoke_too_early"] == 1
    assert counts(report["senders"]) == {ALICE: 5, DAVE: 3, ERIN: 1, "root@mail.example.test": 1}
    assert counts(report["recipients"]) == {ALICE: 4, BOB: 3, CAROL: 2}
    assert counts(report["domains_from"]) == {"outside.test": 4}
    assert counts(report["domains_to"]) == {"other.test": 2}
    assert (report["failed_logins"], report["logins"]) == (3, 0)
    assert counts(report["failed_logins_by_account"]) == {GHOST: 2, ALICE: 1}
    assert counts(report["bans"]) == {"192.0.2.1 (custom)": 1}
    assert sum(report["received_by_hour"]) == 10
    assert sum(report["delivered_by_hour"]) == 9
    assert report["queue"]["mails"] == 1
    assert report["largest"][0]["sender"] == DAVE
    assert report["largest"][0]["bytes"] > 210_000
    [reason] = counts(report["deferred_reasons"])
    assert "Connection refused" in reason
    [reason] = counts(report["bounced_reasons"])
    assert reason.startswith("550 <…>: Recipient address rejected: User unknown")


@pytest.mark.usefixtures("report")
def test_for_a_terminal_and_for_others(server: Server) -> None:
    plain = server.run("setup", "report", "--since", "1h")
    assert plain.isascii()
    assert "unknown user" in plain
    assert "####" in plain
    shown = server.run("script", "-qec", "env LANG=C.UTF-8 PYTHONUTF8=1 setup report --since 1h", "/dev/null")
    assert "█" in shown


@pytest.mark.usefixtures("report")
def test_a_report_is_mailed_once_for_a_day_and_once_for_a_rotation(server: Server) -> None:
    reported = json.loads(server.run("cat", paths.REPORTED))
    assert set(reported) == {"daily", "rotation"}
    early = json.dumps({**reported, "daily": reported["daily"] - 86400})
    server.run("sh", "-c", f"cat >{paths.REPORTED}", text=early)
    server.run("sh", "-c", f"head -c 1100000 /dev/zero | tr '\\0' x | fold -w 9999 >>{LOG}")
    for _ in range(2):
        # The watching process may do it by itself in that moment.
        until("a run", lambda: server.run(*PROGRAM) or True)
    reports = {}
    for login in (ALICE, BOB):
        find = lambda login=login: [text for text in server.mails(login) if "Subject: Mail of" in text]  # noqa: E731
        [text] = until("a report", find)
        reports[login] = email.message_from_string(text, policy=default)
    assert "<report.rotation." in reports[ALICE]["Message-ID"]
    assert "<report.daily." in reports[BOB]["Message-ID"]
    for report in reports.values():
        assert report["Auto-Submitted"] == "auto-generated"
        assert report["From"] == "Mail report <mailserver-report@mail.example.test>"
        assert [part.get_content_type() for part in report.iter_parts()] == ["text/plain", "text/html"]
    body = reports[ALICE].get_body(("plain",))
    assert body
    assert re.search(r"\n  received from other servers +4 \(0 % with TLS\)\n", body.get_content())
