"""What users submit tells nobody their address and program; what others send keeps its headers."""

from __future__ import annotations

import smtplib
from email import message_from_string
from email.message import EmailMessage

import pytest

from tests import clock
from tests.container.conftest import ALICE, BOB
from tests.container.lab import PASSWORD, Lab, Server, accounts, message, trusting
from tests.container.milter import milter

TELLING = {"User-Agent": "SecretClient/1", "X-Mailer": "SecretMailer", "X-Originating-IP": "[10.9.8.7]"}


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """Both ports of submission."""
    config = {"postfix-accounts.cf": accounts(ALICE, BOB)}
    return lab.mailserver("example", config, {"ENABLE_SUBMISSIONS": "1"}, ready=(25, 465, 587, 993))


def telling() -> EmailMessage:
    """A mail whose headers tell much of its sender, with another inside that does too."""
    inner, mail = message("carol@outside.test", ALICE, "inside"), message(ALICE, BOB)
    for name, value in TELLING.items():
        mail[name] = value
    mail["Received"] = f"from laptop.lan (laptop.lan [192.168.7.9]) by satellite.lan with ESMTP; {clock.date()}"
    inner["User-Agent"] = "ClientOfAnother/1"
    mail.add_attachment(inner)
    return mail


@pytest.mark.parametrize("port", [587, 465])
def test_who_reads_the_mail_here_learns_nothing(server: Server, port: int) -> None:
    mail = telling()
    if port == 465:
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            server.ip, port, local_hostname="laptop.lan", context=trusting(), timeout=30
        )
    else:
        client = smtplib.SMTP(server.ip, port, local_hostname="laptop.lan", timeout=30)
        client.starttls(context=trusting())
    with client:
        assert client.sock
        own = client.sock.getsockname()[0]
        client.login(ALICE, PASSWORD)
        client.send_message(mail)
    there = server.receives(BOB, str(mail["Message-ID"]))
    for word in (own, *TELLING.values()):
        assert word not in there
    assert there.count("Received: from [127.0.0.1] (localhost [127.0.0.1])") == 1, "loops are found by the hops"
    assert str(mail["Received"]) in " ".join(there.split()), "the trace of a resent mail is not this server's to change"
    assert "with ESMTPSA" in there
    assert "User-Agent: ClientOfAnother/1" in there, "a mail inside the mail is another's"


def test_what_others_send_keeps_its_headers(server: Server) -> None:
    mail = telling()
    there = server.receives(BOB, server.deliver("carol@outside.test", BOB, mail))
    for word in ("Received: from client.test", "laptop.lan", *(f"{name}: {value}" for name, value in TELLING.items())):
        assert word in there


def test_a_mail_that_has_come_around_too_often_is_refused(server: Server) -> None:
    mail = message(ALICE, BOB)
    hops = "".join(f"Received: from a{n}.test by b{n}.test; {clock.date()}\r\n" for n in range(120))
    with smtplib.SMTP(server.ip, 587, local_hostname="client.test", timeout=30) as client:
        client.starttls(context=trusting())
        client.login(ALICE, PASSWORD)
        with pytest.raises(smtplib.SMTPDataError, match="hops"):
            client.sendmail(ALICE, [BOB], hops.encode() + mail.as_bytes())


def test_a_milter_signs_what_is_sent(lab: Lab) -> None:
    """An operator's milters take the place of Rspamd, also of its worker for submission."""
    with milter() as signer:
        config = {
            "postfix-accounts.cf": accounts(ALICE, BOB),
            "postfix-main.cf": f"smtpd_milters = inet:{lab.net}.1:{signer.port}\nmilter_default_action = tempfail\n",
        }
        server = lab.mailserver("signing", config, {"ENABLE_RSPAMD": "1"})
        mail = telling()
        there = message_from_string(server.receives(BOB, server.submit(ALICE, BOB, mail)))
        shown = [(name, value.strip()) for name, value in signer.headers]
    # Of all that arrives only what Postfix and Dovecot added on top is not shown.
    received = there.get_all("Received", [])
    assert [name for name, _ in shown] == [name for name in there if name in dict(shown)][len(received) - 1 :]
    assert "From" in dict(shown)
    assert not {"User-Agent", "X-Mailer", "X-Originating-IP"} & set(dict(shown))
