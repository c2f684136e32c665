"""trace says of a mail what really happens to it: the same mails are sent, and what came of them is compared."""

from __future__ import annotations

import json
import re
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.container import databases
from tests.container.docker import until
from tests.container.lab import PASSWORD, Lab, Server, accounts, message, trusting

ALICE, BOB, FULL, CAROL = "alice@ours.test", "bob@ours.test", "full@ours.test", "carol@second.test"
STRANGER, FRIEND = "ben@outside.test", "friend@plain.test"
FILES = {
    "postfix-accounts.cf": accounts(ALICE, BOB, FULL, CAROL, "nosend@ours.test", "norecv@ours.test", "dan@out.test"),
    "postfix-virtual.cf": f"team@ours.test {ALICE},{BOB}\nall@ours.test team@ours.test\nfwd@ours.test {FRIEND}\n"
    f"mixed@ours.test {ALICE},{FRIEND}\n@catch.test {BOB}\ninfo@only.test {ALICE}\n@old.test @ours.test\n"
    "dead@ours.test ghost@ours.test\n",
    "postfix-regexp.cf": "# patterns\n/^test-([0-9]+)@ours\\.test$/ alice+$1@ours.test\n"
    "/^ping@ours\\.test$/ pong@ours.test\n/^pong@ours\\.test$/ ping@ours.test\n",
    "postfix-aliases.cf": f"abuse: {BOB}\n",
    "dovecot-quotas.cf": f"{FULL}:1M\n",
    "postfix-receive-access.cf": "norecv@ours.test REJECT not here\n",
    "postfix-send-access.cf": "nosend@ours.test REJECT\nspam@outside.test 550 5.7.9 go away\n",
    "postfix-relaymap.cf": "@second.test [relay.test]:587\n@out.test\n",
    "postfix-sasl-password.cf": "@second.test user:pass-of-the-relay\n",
    # Else a host that refuses connections is not tried for each mail.
    "postfix-main.cf": "default_destination_concurrency_failed_cohort_limit = 100\n"
    "smtpd_sender_restrictions = check_sender_access pcre:/tmp/docker-mailserver/own.pcre,\n"
    "  $mailwright_smtpd_sender_restrictions\n"
    "smtpd_end_of_data_restrictions = check_sender_access pcre:/tmp/docker-mailserver/late.pcre\n",
    "own.pcre": "/@blocked\\.test$/ REJECT not wanted\n",
    "late.pcre": "/^late@/ REJECT not wanted at last\n",
    "before.dovecot.sieve": "keep;\n",
    "alice@ours.test.dovecot.sieve": "keep;\n",
}
SETTINGS = {"ENABLE_SRS": "1", "RELAY_HOST": "hub.test", "POSTFIX_MESSAGE_SIZE_LIMIT": "3M"}


def start(lab: Lab, *options: str) -> Server:
    """The server. The hosts that mail leaves for refuse connections at once, so that it stays in the queue."""
    hosts = ("relay.test", "hub.test", "mx.plain.test")
    lab.zone(*(f"host-record={name},{lab.net}.2" for name in hosts), "mx-host=plain.test,mx.plain.test,10")
    return lab.mailserver("ours", FILES, SETTINGS, *options)


@dataclass(frozen=True)
class Case:
    """A mail, and the code of the answer to it, so that trace and server can't be wrong together."""

    code: int
    to: str
    sender: str = STRANGER
    login: str = ""
    size: int = 0

    @property
    def options(self) -> tuple[str, ...]:
        """The mail as trace is asked about it."""
        login = ("--login", self.login) if self.login else ()
        size = ("--size", f"{self.size}B") if self.size else ()
        return (self.to, "--from", self.sender or "<>", *login, *size)


CASES = {
    "known": Case(250, ALICE),
    "in capitals": Case(250, "ALICE@Ours.Test"),
    "bounce": Case(250, ALICE, ""),
    "unknown": Case(550, "nobody@ours.test"),
    "alias": Case(250, "team@ours.test"),
    "chain": Case(250, "all@ours.test"),
    "alias in capitals": Case(250, "TEAM@ours.test"),
    "pattern": Case(250, "test-7@ours.test"),
    "pattern that is no address": Case(550, "test-x@ours.test"),
    "catch-all": Case(250, "anybody@catch.test"),
    "domain alias": Case(250, "alice@old.test"),
    "domain alias, unknown": Case(550, "nobody@old.test"),
    "domain with aliases only": Case(250, "info@only.test"),
    "nobody in a domain with aliases only": Case(550, "alice@only.test"),
    "sub-address": Case(250, "alice+list@ours.test"),
    "sub-address of an alias": Case(250, "team+x@ours.test"),
    "postmaster": Case(250, "postmaster@only.test"),
    "postmaster of the host": Case(250, "postmaster@mail.ours.test"),
    "local alias": Case(250, "abuse@mail.ours.test"),
    "nobody of the host": Case(550, "nobody@mail.ours.test"),
    "to a mailbox that is not there": Case(250, "dead@ours.test"),
    "full": Case(552, FULL, size=200_000),
    "not quite full": Case(250, FULL, size=10_000),
    "too big for the mailbox": Case(552, FULL, size=2 << 20),
    "too big for the server": Case(552, ALICE, size=4 << 20),
    "may not receive": Case(554, "norecv@ours.test"),
    "may not send": Case(554, ALICE, "nosend@ours.test", "nosend@ours.test"),
    "stranger who may not send": Case(550, ALICE, "spam@outside.test"),
    "stranger whom a rule of the operator refuses": Case(554, ALICE, "x@blocked.test"),
    "stranger whom a rule of the operator refuses after the mail": Case(554, ALICE, "late@outside.test"),
    "sender without a domain": Case(504, ALICE, "ben@nowhere"),
    "stranger to another server": Case(554, FRIEND),
    "forwarded": Case(250, "fwd@ours.test"),
    "forwarded and kept": Case(250, "mixed@ours.test"),
    "bounce that is forwarded": Case(250, "fwd@ours.test", ""),
    "login to another server": Case(250, FRIEND, ALICE, ALICE),
    "login with a relay host of its own": Case(250, FRIEND, CAROL, CAROL),
    "login without a relay host": Case(250, FRIEND, "dan@out.test", "dan@out.test"),
    "login with an alias": Case(250, BOB, "team@ours.test", ALICE),
    "login in another name": Case(553, BOB, CAROL, ALICE),
    "login with a sub-address": Case(250, BOB, "alice+x@ours.test", ALICE),
    "catch-all's owner": Case(250, FRIEND, "any@catch.test", BOB),
    "local part in quotes": Case(550, '"a b"@ours.test'),
    "local part in UTF-8": Case(501, "zoë@ours.test"),
    "percent sign": Case(554, "friend%plain.test@ours.test"),
    "exclamation mark": Case(554, "plain.test!friend@ours.test"),
    "another address in quotes": Case(554, '"friend@plain.test"@ours.test'),
    "quotes without need": Case(250, '"alice"@ours.test'),
    "alias loop": Case(451, "ping@ours.test"),
}
TRACE = """
import json, sys
from click.testing import CliRunner
from mailwright.cli import main
run = CliRunner(mix_stderr=False).invoke
print(json.dumps([json.loads(run(main, ["trace", *mail, "--json"]).stdout) for mail in json.load(sys.stdin)]))
"""
LOGGED = re.compile(
    r"postfix/(?P<service>\S+)\[\d+\]: (?P<queue>[0-9A-F]+): to=<(?P<to>[^>]*)>.* relay=(?P<relay>\S+?),"
    r".* status=(?P<status>\w+) \((?P<text>.*)\)"
)


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    server = start(lab)
    server.run("sh", "-c", f"head -c 1000000 /dev/zero | tr '\\0' 'x' | doveadm save -u {FULL}")
    return server


@pytest.fixture(scope="module")
def answers(server: Server) -> dict[str, tuple[str, str]]:
    """Case → the server's answer, and the Message-ID of a mail that was accepted."""
    return {name: sent(server, case) for name, case in CASES.items()}


def sent(server: Server, case: Case) -> tuple[str, str]:
    """The first answer that refuses the mail, or that to its recipient, and its Message-ID."""
    with smtplib.SMTP(server.ip, 587 if case.login else 25, local_hostname="client.test", timeout=30) as client:
        if case.login:
            client.starttls(context=trusting())
            client.login(case.login, PASSWORD)
        client.ehlo()
        client.command_encoding = "utf-8"
        size = [f"SIZE={case.size}"] if case.size else []
        code, text = client.docmd(f"MAIL FROM:<{case.sender}>", " ".join(size))
        if code == 250:
            code, text = client.docmd(f"RCPT TO:<{case.to}>")
        if code != 250 or case.size:
            return f"{code} {text.decode()}", ""
        mail = message(case.sender or "nobody@outside.test", "someone@ours.test")
        taken, said = client.data(mail.as_bytes())
        if taken != 250:
            return f"{taken} {said.decode()}", ""
        return f"{code} {text.decode()}", str(mail["Message-ID"])


@pytest.fixture(scope="module")
def log(server: Server, answers: Mapping[str, tuple[str, str]]) -> str:
    """The log once every mail has been delivered or waits for its next try."""
    until("no mail under way", lambda: all(is_tried(line) for line in server.run("postqueue", "-j").splitlines()))
    return server.log()


def is_tried(line: str) -> bool:
    mail: Any = json.loads(line)
    return mail["queue_name"] == "deferred" and all("delay_reason" in one for one in mail["recipients"])


@pytest.fixture(scope="module")
def traces(server: Server, log: str) -> dict[str, Any]:
    """Case → what trace says, all asked in one process."""
    printed = server.run("python3", "-c", TRACE, text=json.dumps([case.options for case in CASES.values()]))
    return dict(zip(CASES, json.loads(printed), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_the_same_answer_and_the_same_end(
    answers: Mapping[str, tuple[str, str]], log: str, traces: Mapping[str, Any], name: str
) -> None:
    answer, message_id = answers[name]
    told = traces[name]
    assert answer.startswith(str(CASES[name].code)), answer
    assert told["verdict"]["reply"] == answer
    if message_id:
        assert {(end["address"], *way(end)) for end in told["ends"]} == set(ends(log, message_id))


def way(end: Any) -> tuple[str, str]:
    """The program that has the mail at last, and the host that it speaks to."""
    if end["kind"] != "remote":
        return "lmtp", ""
    name = "smtp" if end["transport"] == "smtp" else f"{end['transport']}/smtp"
    host = end["next_hop"].partition("]")[0].removeprefix("[")
    return name, "mx.plain.test" if host == "the MX of plain.test" else host


def ends(log: str, message_id: str) -> list[tuple[str, str, str]]:
    """Where the mail is: address, program and host, from the log."""
    queues = set(re.findall(rf"cleanup\[\d+\]: ([0-9A-F]+): message-id={re.escape(message_id)}", log))
    found = []
    for line in log.splitlines():
        match = LOGGED.search(line)
        if match and match["queue"] in queues and "forwarded as" not in match["text"]:
            host = re.search(r"connect to (\S+?)\[", match["text"])
            of_srs = match["service"] == "srs/smtp"
            if not of_srs:
                found.append((match["to"], match["service"], host[1] if host else ""))
    return found


def test_what_else_it_says(server: Server, log: str, traces: Mapping[str, Any]) -> None:
    [relayed] = traces["login with a relay host of its own"]["ends"]
    assert (relayed["where"], relayed["login_from"]) == ("postfix-relaymap.cf:1", "postfix-sasl-password.cf:1")
    level = server.run("postconf", "-Ph", "relay-relay.test-587/unix/smtp_tls_security_level")
    assert (relayed["login"], f"{relayed['tls']}\n") == (True, level)
    assert "pass-of-the-relay" not in json.dumps(traces)
    assert traces["pattern"]["rows"][0]["where"] == "postfix-regexp.cf:2"
    own = traces["stranger whom a rule of the operator refuses"]["verdict"]
    assert (own["rule"].split()[0], own["where"]) == ("check_sender_access", "postfix-main.cf:2")
    [forwarded] = traces["forwarded"]["ends"]
    assert re.search(re.escape(forwarded["srs"]).replace("…", "[^=]+"), log), forwarded
    [full] = traces["full"]["ends"]
    assert 1_000_000 <= full["used_bytes"] <= full["limit_bytes"] == 1 << 20
    [alice] = traces["known"]["ends"]
    assert alice["scripts"] == ["before.dovecot.sieve", "alice@ours.test.dovecot.sieve"]


def test_it_asks_a_database(lab: Lab) -> None:
    server = databases.served(lab, "sqlite").server
    for address in ("team@example.test", "any@catch.test", "nobody@example.test", databases.BOB, databases.DAVE):
        told = json.loads(
            server.run("setup", "trace", address, "--from", "<>", "--size", "900B", "--json", check=False)
        )
        code, text = databases.recipient(server, address)
        assert told["verdict"]["reply"] == f"{code} {text}"
        if address.startswith("team@"):
            assert {end["account"] for end in told["ends"]} == {databases.ALICE, databases.BOB}
