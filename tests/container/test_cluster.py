"""Many machines: a front, two backends and a filter around one database, each a Mailwright in a role."""

from __future__ import annotations

import imaplib
import json
import poplib
import smtplib
import time

import pytest

from tests.container.cluster import ALICE, BOB, CAROL, STRANGER, Cluster, cluster
from tests.container.databases import SECONDS, login, login_at_submission, recipient, setup
from tests.container.docker import docker, pause, until
from tests.container.lab import PASSWORD, Lab, Server, message, trusting
from tests.container.managesieve import activate

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"


@pytest.fixture(scope="module")
def made(lab: Lab) -> Cluster:
    """The cluster."""
    return cluster(lab)


def stored(server: Server, address: str) -> str:
    """What is in the folder of a mailbox on one node."""
    local, _, domain = address.partition("@")
    folder = f"/var/mail/{domain}/{local}"
    return server.run("sh", "-c", 'find "$1" -path "*/new/*" -o -path "*/cur/*" 2>/dev/null', "sh", folder, check=False)


def test_mail_is_on_the_backend_of_its_user_alone(made: Cluster) -> None:
    backends = {address: made.backend_of(address) for address in (ALICE, BOB)}
    assert len({server.name for server in backends.values()}) == 2
    for address, home in backends.items():
        mail = made.front.receives(address, made.front.deliver(STRANGER, address))
        assert "Received: from client.test" in mail
        assert [node.name for node in made.nodes.values() if stored(node, address)] == [home.name]


def test_submission_and_every_way_to_read(made: Cluster) -> None:
    message_id = made.front.submit(ALICE, BOB)
    made.front.receives(BOB, message_id)
    client = poplib.POP3_SSL(made.front.ip, 995, context=trusting(), timeout=30)
    client.user(BOB)
    client.pass_(PASSWORD)
    texts = [b"\n".join(client.retr(number + 1)[1]).decode() for number in range(client.stat()[0])]
    client.quit()
    assert any(message_id in text for text in texts)
    with imaplib.IMAP4(made.front.ip, 143, timeout=30) as plain:
        plain.starttls(trusting())
        assert plain.login(BOB, PASSWORD)[0] == "OK"


def test_a_master_user_reaches_a_mailbox_on_its_backend(made: Cluster) -> None:
    message_id = made.front.deliver(STRANGER, BOB)
    made.front.receives(f"{BOB}*admin", message_id)
    assert "FAILED" in login(made.front, "nobody@example.test*admin")


def test_an_app_password_reaches_a_mailbox_on_its_backend(made: Cluster) -> None:
    password = made.front.ask("setup", "email", "app-password", "add", BOB, "Phone").printed.strip()
    made.front.imap(BOB, password).logout()
    assert login_at_submission(made.front, BOB, password) == 235


def test_no_session_hangs(made: Cluster) -> None:
    """One of a hundred did, through Dovecot's stream for several sessions (proxy_no_multiplex)."""
    made.front.receives(ALICE, made.front.deliver(STRANGER, ALICE))
    for _ in range(150):
        client = imaplib.IMAP4_SSL(made.front.ip, 993, ssl_context=trusting(), timeout=SECONDS)
        client.login(ALICE, PASSWORD)
        client.select("INBOX", readonly=True)
        assert client.fetch("1", "(RFC822)")[0] == "OK"
        client.logout()


def test_a_wrong_password_is_refused_at_the_front(made: Cluster) -> None:
    assert "AUTHENTICATIONFAILED" in login(made.front, ALICE, "wrong")
    assert login_at_submission(made.front, ALICE, "wrong") == 535


def test_the_backend_knows_the_client(made: Cluster) -> None:
    made.front.imap(ALICE).logout()
    made.backend_of(ALICE).sees(f"Logged in: user=<{ALICE}>, method=PLAIN, rip={made.lab.net}.1,")


def test_a_sieve_script_sends_through_a_front_in_the_name_of_its_user(made: Cluster) -> None:
    script = f'require ["vacation", "copy"]; redirect :copy "{BOB}"; vacation "I am away.";'
    activate(made.front, ALICE, script)
    try:
        sent = message(BOB, ALICE)
        made.front.submit(BOB, ALICE, sent)
        made.front.receives(BOB, str(sent["Message-ID"]))
        answer = until("the answer", lambda: next((it for it in made.front.mails(BOB) if "I am away" in it), ""))
        assert f"Return-Path: <{ALICE}>" in answer or "Return-Path: <>" in answer
        made.front.sees(f"sasl_username={ALICE}")
    finally:
        activate(made.front, ALICE, "keep;")


def test_the_filter_judges_what_comes_through_a_front(made: Cluster) -> None:
    bad = message(STRANGER, ALICE, text=f"{GTUBE}\n")
    with pytest.raises(Exception, match="Gtube"):
        made.front.deliver(STRANGER, ALICE, bad)
    made.nodes["filter"].sees(f"ip: {made.lab.net}.1, from: <{STRANGER}>")


def test_a_user_teaches_the_filter(made: Cluster) -> None:
    message_id = made.front.deliver(STRANGER, ALICE)
    made.front.receives(ALICE, message_id)
    with made.front.imap(ALICE) as client:
        client.select("INBOX")
        _, [numbers] = client.search(None, "HEADER", "Message-ID", message_id)
        assert client.copy(numbers.split()[-1].decode(), "Junk")[0] == "OK"
    made.nodes["filter"].sees("learn")


def test_a_backend_that_is_away_keeps_its_users_waiting_and_nobody_else(made: Cluster) -> None:
    home = made.backend_of(ALICE)
    docker("stop", "-t", "10", home.name)
    try:
        begin = time.monotonic()
        assert "[UNAVAILABLE]" in login(made.front, ALICE)
        assert time.monotonic() - begin < SECONDS
        message_id = made.front.deliver(STRANGER, ALICE)
        made.front.receives(BOB, made.front.deliver(STRANGER, BOB))
        line = made.front.sees(f"to=<{ALICE}>, relay=none") or ""
        assert "status=deferred" in line
    finally:
        docker("start", home.name)
    home.wait_ready(993)
    made.front.receives(ALICE, message_id, queue=made.front)
    assert "status=bounced" not in made.front.log()


def test_a_backend_that_hangs_keeps_nobody_waiting_for_long(made: Cluster) -> None:
    home = made.backend_of(ALICE)
    pause(home.name)
    try:
        assert "[UNAVAILABLE]" in login(made.front, ALICE)
        message_id = made.front.deliver(STRANGER, ALICE)
        made.front.receives(BOB, made.front.deliver(STRANGER, BOB))
    finally:
        docker("unpause", home.name)
    made.front.receives(ALICE, message_id, queue=made.front)


def test_without_a_filter_mail_waits_at_its_sender(made: Cluster) -> None:
    node = made.nodes["filter"]
    docker("stop", "-t", "10", node.name)
    try:
        assert _answer(made.front) in (421, 451)
        assert made.front.ask("python3", "-m", "mailwright.programs.health").code == 0, "a restart would not cure it"
    finally:
        docker("start", node.name)
    until("the filter", lambda: _answer(made.front) == 250)


def _answer(front: Server) -> int:
    """The code for a recipient, or that of the greeting if it is no welcome."""
    try:
        return recipient(front, ALICE)[0]
    except smtplib.SMTPResponseException as error:
        return error.smtp_code


def test_without_the_database_nobody_is_told_of_a_wrong_password(made: Cluster) -> None:
    made.front.imap(ALICE).logout()
    made.database.act("stop")
    try:
        assert login_at_submission(made.front, CAROL) == 454
        assert recipient(made.front, "fresh@example.test")[0] == 451
        assert "[UNAVAILABLE]" in login(made.front, CAROL)
        for node in (made.front, made.nodes["backend-1"]):
            assert "database mail on postgresql.test is down" in node.run("setup", "status", check=False)
            assert node.ask("python3", "-m", "mailwright.programs.health").code == 0, "a restart would not cure it"
        assert "database mail" not in made.nodes["filter"].run("setup", "status", check=False)
    finally:
        made.database.act("start")
    until("a login", lambda: login(made.front, CAROL) == "OK")
    # An smtpd remembers for some seconds that it could not look up the sender.
    until("mail again", lambda: recipient(made.front, ALICE)[0] == 250)


def test_backends_are_told_and_emptied(made: Cluster) -> None:
    setup(made.front, "backends", "drain", "backend-1")
    for number in range(4):
        setup(made.front, "email", "add", f"new{number}@example.test", PASSWORD)
        assert made.backend_of(f"new{number}@example.test") is made.nodes["backend-2"]
    assert ", gets no new ones" in setup(made.front, "backends", "list")
    setup(made.front, "backends", "fill", "backend-1")
    setup(made.front, "email", "add", "new9@example.test", PASSWORD)
    assert made.backend_of("new9@example.test") is made.nodes["backend-1"]
    made.front.receives("new9@example.test", made.front.deliver(STRANGER, "new9@example.test"))
    assert "holds the mail of" in made.front.run("setup", "backends", "del", "backend-1", check=False)


def test_mail_of_a_removed_account_stays_on_its_backend(made: Cluster) -> None:
    address = "gone@example.test"
    setup(made.front, "email", "add", address, PASSWORD)
    home = made.backend_of(address)
    refused = made.front.run("setup", "email", "del", "--yes", address, check=False)
    assert f"the mail of {address} is on backend-" in refused
    assert login(made.front, address) == "OK"
    said = setup(made.front, "email", "del", "--keep-mail", address)
    assert "its mail stays on backend-" in said
    assert made.backend_of(address) is home
    assert "the mail of 1 former account" in setup(made.front, "backends", "list")


def test_a_backend_that_only_former_accounts_used_can_be_forgotten(made: Cluster) -> None:
    setup(made.front, "backends", "add", "former")
    setup(made.front, "backends", "drain", "former")
    made.database.sql("INSERT INTO placements (address, backend) VALUES ('past@example.test', 'former');")
    assert "may still have the mail of 1 former account" in made.front.run(
        "setup", "backends", "del", "former", check=False
    )
    setup(made.front, "backends", "del", "--yes", "former")
    assert "former:" not in setup(made.front, "backends", "list")


def test_mail_for_an_account_without_a_place_waits(made: Cluster) -> None:
    address = "lost@example.test"
    setup(made.front, "email", "add", address, PASSWORD)
    made.database.sql(f"DELETE FROM placements WHERE address = '{address}';")
    message_id = made.front.deliver(STRANGER, address)
    made.front.sees("no backend holds this mailbox yet")
    assert "without a backend" in setup(made.front, "backends", "list")
    assert "[UNAVAILABLE]" in login(made.front, address)
    setup(made.front, "backends", "place")
    # Postfix's queue manager remembers the last answer for half a minute.
    made.front.receives(BOB, made.front.deliver(STRANGER, BOB))
    made.front.receives(address, message_id, queue=made.front)


def test_a_front_lists_the_accounts_and_domains(made: Cluster) -> None:
    seen = json.loads(made.front.run("setup", "status", "--json"))
    count = int(made.database.sql("SELECT count(*) FROM accounts;"))
    assert (seen["accounts"], seen["domains"]) == (count, 1)
    assert "domains-unlisted" not in findings(made.front)


@pytest.mark.parametrize("name", ["backend-1", "filter"])
def test_a_doctor_judges_what_its_node_does(made: Cluster, name: str) -> None:
    node = made.nodes[name]
    assert findings(node) <= {"dns-unasked", "clock-alone", "clock-unasked"}
    assert "queue" not in node.run("setup", "status")
    for command in (("dns",), ("trace", ALICE)):
        assert "ask a front" in node.run("setup", *command, check=False)


def findings(node: Server) -> set[str]:
    """What the doctor says of a node."""
    return {finding["code"] for finding in json.loads(node.run("setup", "doctor", "--json", check=False))}


def test_a_trace_names_the_backend(made: Cluster) -> None:
    told = json.loads(made.front.run("setup", "trace", ALICE, "--json"))
    (backend,) = (end["backend"] for end in told["ends"])
    assert made.nodes[backend.removeprefix("[").removesuffix("]:24")] is made.backend_of(ALICE)


def test_no_node_fails_in_our_own_code(made: Cluster) -> None:
    assert [node.name for node in made.nodes.values() if "Traceback" in node.log()] == []
