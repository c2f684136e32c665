"""setup report, the mailed report and Prometheus, of a server that met a known mix of mail: each number is exact."""

from __future__ import annotations

import base64
import email
import imaplib
import json
import re
import smtplib
import urllib.request
from collections.abc import Mapping
from email.policy import default
from typing import Any
from urllib.error import HTTPError

import pytest

from mailwright.core import paths
from tests.container.docker import CLIENTS, until
from tests.container.lab import Lab, Server, accounts, trusting
from tests.container.prometheus import FOLDER, Prometheus, prometheus
from tests.container.sender import hand_over, mail
from tests.container.test_filters import MARKED, PATTERNS, REFUSED
from tests.container.test_rotation import LOG, PROGRAM
from tests.repository.test_monitoring import DASHBOARD, RULES

ALICE, BOB, CAROL = "alice@example.test", "bob@example.test", "carol@other.test"
DAVE, ERIN, GHOST = "dave@outside.test", "erin@outside.test", "ghost@example.test"
TOKEN = "a-token-of-the-tests"
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
    "ENABLE_WEB": "1",
    "METRICS_TOKEN": TOKEN,
}
EARLY = """
import socket, sys
client = socket.create_connection((sys.argv[1], 25), 9)
client.sendall(b"EHLO x\\r\\nMAIL FROM:<>\\r\\n"); client.recv(100); client.recv(100)
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
        values = reported_now(server)
        assert values["deliveries"] == expected, values["deliveries"]
        return values

    return until("all deliveries", seen)


def reported_now(server: Server) -> dict[str, Any]:
    """What the report says of the last hour."""
    values: dict[str, Any] = json.loads(server.run("setup", "report", "--since", "1h", "--json"))
    return values


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


@pytest.fixture(scope="module")
def scraping(lab: Lab, server: Server) -> Prometheus:
    """A Prometheus that asks the server."""
    return prometheus(lab, server, TOKEN)


@pytest.fixture(scope="module")
def scraped(scraping: Prometheus, report: dict[str, Any]) -> dict[str, dict[str, float]]:
    """The numbers that Prometheus has of the mix, before a test of this module makes more mail."""
    return until("the numbers of the report", lambda: numbers(scraping, report))


def numbers(scraping: Prometheus, report: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """What Prometheus has, once it is what the report has."""
    labels = {
        "mails_received_total": "origin", "deliveries_total": "target", "deferrals_total": "target",
        "bounces_total": "target", "expired_total": "", "junk_total": "", "refused_total": "reason",
        "early_talkers_total": "", "auth_failures_total": "service", "logins_total": "service", "bans_total": "",
        "received_bytes_total": "", "delivery_seconds_count": "",
    }  # fmt: skip
    found = {name: scraping.numbers(f"mailwright_{name}", label) for name, label in labels.items()}
    sums = {name: sum(values.values()) for name, values in found.items()}
    deliveries = report["deliveries"]
    assert found["mails_received_total"] == {name: count for name, count in report["mails"].items() if count}
    assert found["refused_total"] == report["refused"]
    assert found["deliveries_total"] == {"mailbox": deliveries["delivered"], "server": deliveries["sent"]}
    assert sums["delivery_seconds_count"] == deliveries["delivered"] + deliveries["sent"]
    for name, ours in {"deferrals": "deferred", "bounces": "bounced", "expired": "expired", "junk": "junk"}.items():
        assert sums[f"{name}_total"] == deliveries[ours], name
    assert sums["auth_failures_total"] == report["failed_logins"]
    assert sums["logins_total"] == report["logins"]
    assert sums["early_talkers_total"] == report["spoke_too_early"]
    assert sums["received_bytes_total"] == report["bytes_received"]
    assert sums["bans_total"] == sum(counts(report["bans"]).values())
    return found


def test_prometheus_has_the_numbers_of_the_report(scraped: dict[str, dict[str, float]]) -> None:
    assert scraped["refused_total"] == {"unknown user": 2, "block list": 1, "filter": 1, "relay denied": 1}
    assert scraped["auth_failures_total"] == {"imap": 2, "submission": 1}
    assert scraped["deferrals_total"] == scraped["bounces_total"] == {"server": 1}


@pytest.mark.usefixtures("scraped")
def test_prometheus_has_the_state_of_the_server(scraping: Prometheus) -> None:
    assert scraping.numbers("mailwright_queue_mails", "state") == {"deferred": 1}
    assert 0 < scraping.numbers("mailwright_queue_age_seconds", "share")["1"] < 3600
    assert scraping.numbers("mailwright_source_up == 0", "source") == {}
    running = scraping.numbers("mailwright_service_up", "service")
    assert {"postfix", "dovecot", "rspamd", "fail2ban", "web", "nginx", "watch"} <= set(running)
    assert scraping.numbers("mailwright_service_up == 0", "service") == {}
    assert scraping.numbers("mailwright_accounts") == {"": 2}
    assert sum(scraping.numbers("mailwright_filter_actions_total", "action").values()) >= 10
    assert scraping.numbers("mailwright_filter_actions_total", "action")["reject"] == 1
    assert set(scraping.numbers("mailwright_certificate_self_signed", "name")) == {"mail.example.test"}
    assert set(scraping.numbers("mailwright_volume_free_bytes", "volume")) == {"mail", "state", "log"}


@pytest.mark.usefixtures("scraped")
def test_sessions_and_connections(server: Server, scraping: Prometheus) -> None:
    with server.imap(ALICE):
        until("a session", lambda: scraping.numbers("mailwright_sessions", "service") == {"imap": 1})
        assert scraping.numbers("mailwright_connections", "port")["imaps"] == 1
    until("no session", lambda: scraping.numbers("mailwright_sessions", "service") == {})


@pytest.mark.parametrize(("authorization", "status"), [("", 401), ("Bearer x", 401), (f"Basic {TOKEN}", 401)])
def test_without_the_token_there_are_no_numbers(server: Server, authorization: str, status: int) -> None:
    with pytest.raises(HTTPError) as refused:
        get(server, authorization)
    refused.value.close()
    assert (refused.value.code, refused.value.headers["WWW-Authenticate"]) == (status, "Bearer")


def get(server: Server, authorization: str = f"Bearer {TOKEN}") -> str:
    """The numbers, asked for under a name that is not the server's."""
    request = urllib.request.Request(f"https://{server.ip}/metrics", headers={"Authorization": authorization})
    with urllib.request.urlopen(request, timeout=30, context=trusting()) as answer:
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
        return str(answer.read().decode())


def test_the_alerts_and_the_dashboard(server: Server, scraping: Prometheus) -> None:
    """Prometheus' own checker, its tests of rules, and each query of the dashboard."""
    machine = scraping.machine
    machine.run("promtool", "check", "config", f"{FOLDER}/prometheus.yml")
    assert "SUCCESS" in machine.run("promtool", "test", "rules", f"{FOLDER}/alerts_test.yml")
    # It knows the older format only, in which a counter's name has its _total everywhere.
    older = re.sub(r"(# (?:TYPE|HELP) )(\w+)(?= .*\n(?:#.*\n)*\2_total)", r"\1\2_total", get(server))
    machine.run("promtool", "check", "metrics", text=older.replace("# EOF\n", ""))
    [group] = scraping.ask("rules")["groups"]
    assert [rule["name"] for rule in group["rules"]] == [rule["alert"] for rule in RULES]
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            shown = target["expr"].replace("$__rate_interval", "1m").replace("$instance", f"{server.ip}:443")
            scraping.query(shown)  # else an HTTP error


@pytest.mark.usefixtures("report", "scraped")
def test_a_report_is_mailed_once_for_a_day_and_once_for_a_rotation(server: Server, scraping: Prometheus) -> None:
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

    # Prometheus goes on counting in the new file.
    server.submit(ALICE, BOB)
    until("the numbers after a rotation", lambda: numbers(scraping, reported_now(server))["mails_received_total"])
