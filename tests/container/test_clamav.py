"""ClamAV behind Rspamd: a virus is refused, and what could not be looked through waits with its sender."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from tests.container.docker import CLIENTS, docker, until
from tests.container.lab import Lab, Server, accounts, message
from tests.container.sender import hand_over, mail, message_id

ALICE, STRANGER = "alice@example.test", "x@outside.test"
# The standard file that every scanner knows, in two pieces so that none finds it here.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
# A signature of our own: MD5, length, name (the ClamAV manual, "File hash signatures").
SIGNATURE = "44d88612fea8a8f36de82e1278abb02f:68:Mailwright.Test\n"
SIGNATURES = "/var/mail-state/lib-clamav/test.hdb"
ON = {"ENABLE_RSPAMD": "1", "ENABLE_CLAMAV": "1"}


@pytest.fixture(scope="module")
def state(lab: Lab) -> str:
    """A state that outlives the container."""
    return lab.volume("state")


@pytest.fixture(scope="module")
def outside(lab: Lab) -> Server:
    """A client with an address of its own."""
    return lab.container("outside", image=CLIENTS, command=("sleep", "infinity"))


@pytest.fixture(scope="module")
def server(lab: Lab, state: str, outside: Server) -> Server:
    """A Mailwright that looks for viruses; its first signature came after its start, and until then mail waited."""
    files = {"postfix-accounts.cf": accounts(ALICE)}
    server = lab.mailserver("example", files, ON, "-v", f"{state}:/var/mail-state")
    server.sees("there are no virus signatures yet")
    assert hand_over(outside, server, mail(STRANGER, ALICE), STRANGER, ALICE).startswith("451 ")
    server.run("tee", SIGNATURES, text=SIGNATURE)
    until("clamd", lambda: hand_over(outside, server, mail(STRANGER, ALICE), STRANGER, ALICE) == "250")
    return server


def infected() -> EmailMessage:
    """A mail with the file attached, in base64."""
    made = message(STRANGER, ALICE)
    made.add_attachment(EICAR, maintype="application", subtype="octet-stream", filename="invoice.exe")
    return made


def as_sent(made: EmailMessage) -> str:
    """The mail as text with line ends of SMTP."""
    return made.as_string().replace("\n", "\r\n")


def test_a_virus_is_refused_and_other_mail_is_not(server: Server, outside: Server) -> None:
    clean = mail(STRANGER, ALICE)
    assert hand_over(outside, server, clean, STRANGER, ALICE) == "250"
    server.receives(ALICE, message_id(clean))
    told = hand_over(outside, server, as_sent(infected()), STRANGER, ALICE)
    assert told.startswith("554 ")
    assert "Mailwright.Test" in told


def test_the_scanner_runs_as_nobody_much(server: Server) -> None:
    lines = server.run("ps", "axo", "user:20,args").splitlines()
    scanners = [line for line in lines if "/usr/sbin/clamd" in line or "/usr/bin/freshclam" in line]
    assert [line.split()[0] for line in scanners] == ["clamav", "clamav"]


def test_while_the_scanner_is_down_mail_waits_with_its_sender(server: Server, outside: Server) -> None:
    server.run("supervisorctl", "stop", "clamav")
    # What was looked through before is remembered; this was not.
    text = mail(STRANGER, ALICE, "Nobody has seen this before.")
    assert hand_over(outside, server, text, STRANGER, ALICE).startswith("451 ")
    server.run("supervisorctl", "start", "clamav")
    until("clamd", lambda: hand_over(outside, server, text, STRANGER, ALICE) == "250")


def test_a_login_may_not_send_a_virus_either(server: Server) -> None:
    made = infected()
    del made["From"]
    made["From"] = ALICE
    with pytest.raises(Exception, match=r"Mailwright\.Test"):
        server.submit(ALICE, ALICE, made)


def test_signatures_stay_with_the_state(lab: Lab, state: str, server: Server, outside: Server) -> None:
    server.stop()
    again = lab.mailserver("again", {"postfix-accounts.cf": accounts(ALICE)}, ON, "-v", f"{state}:/var/mail-state")
    until("a refusal", lambda: hand_over(outside, again, as_sent(infected()), STRANGER, ALICE).startswith("554 "))
    lab.forget(again)
    docker("start", server.name)
    until("clamd", lambda: hand_over(outside, server, mail(STRANGER, ALICE), STRANGER, ALICE) == "250")
