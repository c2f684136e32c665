"""Mail programs that nobody here wrote."""

from __future__ import annotations

import poplib
import shlex

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import CLIENTS
from tests.container.fetchers import fetchmail, getmail, lines, restored, unfolded
from tests.container.lab import PASSWORD, Lab, Server, accounts, trusting
from tests.pki import pair

HOST = "mail.clients.test"
CAROL = "carol@example.test"
MBSYNC = """
IMAPAccount bob
Host {host}
Port {port}
User bob@example.test
Pass secret
TLSType {tls}
CertificateFile /tmp/ca.pem
AuthMechs PLAIN

IMAPStore there
Account bob

MaildirStore here
Path /tmp/mail/
Inbox /tmp/mail/INBOX
SubFolders Verbatim

Channel all
Far :there:
Near :here:
Patterns *
Create Near
"""
FETCHMAIL = """
poll {host} protocol POP3 port {port} user "bob@example.test" password "secret" {tls} sslcertck sslcertfile /tmp/ca.pem
  keep fetchall mda "cat >> /tmp/fetched"
"""
# fetchmail breaks lines of the body that are longer than its buffer of 8 kB, ...
FETCHMAIL_CHANGES = {"line-16384", "line-100000", "odd-longest-line"}
# ... leaves out a NUL and a line "From " in the header, and ends a header that has no end.
FETCHMAIL_CHANGES |= {"nul-in-header", "odd-quoted-from", "odd-from"}
FETCHMAIL_CHANGES |= {
    f"odd-{name}" for name in ("no-header", "no-body", "no-header-but-body", "one-byte", "one-line-end")
}
# getmail writes what Python's email package has understood: folds and blanks of header fields (not compared) change,
# the header ends where a line is no field, and a multipart gets its last boundary.
GETMAIL_CHANGES = {"bare-cr", "cr-cr-lf", "cr-in-header", "odd-no-field", "odd-from", "odd-folded-first"}
GETMAIL_CHANGES |= {"mime-no-last-boundary", "mime-same-boundary", "mime-long-header-in-part"}
GETMAIL_LEAVES = {"odd-longest-line"}  # more than 1 MB


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """Every door open, with a certificate that the clients can check by name."""
    chain, key = pair(HOST, kind="rsa")
    files = {"postfix-accounts.cf": accounts(ALICE, BOB, CAROL), f"ssl/{HOST}-full.pem": chain + key}
    env = {"SSL_TYPE": "custom", "ENABLE_SUBMISSIONS": "1", "ENABLE_POP3": "1"}
    ip = lab.address()
    lab.zone(f"host-record={HOST},{ip}")
    return lab.mailserver("clients", files, env, hostname=HOST, ip=ip)


@pytest.fixture(scope="module")
def client(lab: Lab, server: Server) -> Server:
    """A machine with mail programs, which trusts the server's certificate."""
    machine = lab.container("client", image=CLIENTS, command=("sleep", "infinity"))
    machine.run("sh", "-c", "cat > /tmp/ca.pem; mkdir -p /tmp/mail", text=server.run("cat", "/etc/dms/tls/cert"))
    return machine


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("door", ["--port 587 -tls", "--port 465 --tls-on-connect"])
def test_swaks_submits(server: Server, client: Server, door: str, mechanism: str) -> None:
    token = f"<swaks-{mechanism}-{len(door)}@client.test>"
    said = client.run(
        *("swaks", "--server", HOST, *shlex.split(door), "--tls-verify-ca", "--tls-ca-path", "/tmp/ca.pem"),
        *("--auth", mechanism, "--auth-user", ALICE, "--auth-password", PASSWORD, "--from", ALICE, "--to", BOB),
        *("--header", f"Message-ID: {token}"),
    )
    assert "queued as" in said
    server.receives(BOB, token)


@pytest.mark.parametrize(("port", "tls"), [(993, "IMAPS"), (143, "STARTTLS")])
def test_mbsync_fetches(server: Server, client: Server, port: int, tls: str) -> None:
    message_id = server.submit(ALICE, BOB)
    server.receives(BOB, message_id)
    client.run("sh", "-c", "cat > /tmp/mbsyncrc", text=MBSYNC.format(host=HOST, port=port, tls=tls))
    client.run("mbsync", "-c", "/tmp/mbsyncrc", "-a")
    assert message_id in client.run("sh", "-c", "cat /tmp/mail/INBOX/new/* /tmp/mail/INBOX/cur/*", check=False)
    assert {"Drafts", "Junk", "Sent", "Trash"} <= set(client.run("ls", "/tmp/mail").split())


@pytest.mark.parametrize(("port", "tls"), [(995, "ssl"), (110, 'sslproto "tls1.2+"')])
def test_fetchmail_fetches_over_pop3(server: Server, client: Server, port: int, tls: str) -> None:
    message_id = server.submit(ALICE, BOB)
    server.receives(BOB, message_id)
    text = FETCHMAIL.format(host=HOST, port=port, tls=tls)
    client.run("sh", "-c", "cat > /root/.fetchmailrc; chmod 600 /root/.fetchmailrc", text=text)
    client.run("fetchmail", "--nosyslog")
    assert message_id in client.run("cat", "/tmp/fetched")


@pytest.fixture(scope="module")
def mails(server: Server) -> dict[str, bytes]:
    """Every mail in Carol's INBOX, by name."""
    return restored(server, CAROL)


def test_pop3_gives_every_mail_as_it_is(
    server: Server, mails: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poplib, "_MAXLINE", 2 << 20)
    client = poplib.POP3_SSL(server.ip, 995, context=trusting(), timeout=60)
    client.user(CAROL)
    client.pass_(PASSWORD)
    texts = {b"\n".join(client.retr(number + 1)[1]) + b"\n" for number in range(len(mails))}
    client.quit()
    assert [name for name, mail in mails.items() if lines(mail) not in texts] == []


def test_fetchmail_fetches_every_mail(client: Server, mails: dict[str, bytes]) -> None:
    by_default = fetchmail(client, HOST, CAROL, "/tmp/default")
    brought = fetchmail(client, HOST, CAROL, "/tmp/brought", "bad-header accept")
    assert len(by_default) < len(mails) == len(brought)
    texts = {lines(mail) for mail in brought}
    assert {name for name, mail in mails.items() if lines(mail) not in texts} == FETCHMAIL_CHANGES


def test_getmail_fetches_every_mail(client: Server, mails: dict[str, bytes]) -> None:
    brought, said = getmail(client, HOST, CAROL, "/tmp/getmail", wanted=len(mails) - len(GETMAIL_LEAVES))
    texts = {unfolded(mail) for mail in brought}
    assert {name for name, mail in mails.items() if unfolded(mail) not in texts} == GETMAIL_CHANGES | GETMAIL_LEAVES
    assert said.count("line too long") == len(GETMAIL_LEAVES)


def test_neomutt_sends(server: Server, client: Server) -> None:
    settings = [
        f"set smtp_url=smtp://alice%40example.test@{HOST}:587",
        f"set smtp_pass={PASSWORD} from={ALICE} use_from=yes",
        "set ssl_force_tls=yes certificate_file=/tmp/ca.pem ssl_verify_host=yes copy=no",
        "my_hdr Message-ID: <neomutt@client.test>",
    ]
    options = [word for line in settings for word in ("-e", line)]
    client.run("neomutt", "-n", "-F", "/dev/null", *options, "-s", "from neomutt", BOB, text="hello\n")
    mail = server.receives(BOB, "from neomutt")
    assert "with ESMTPSA" in mail


def test_openssl_sees_the_name(server: Server, client: Server) -> None:
    command = f"openssl s_client -connect {HOST}:587 -starttls smtp -servername {HOST} -verify_hostname {HOST} "
    said = client.run("sh", "-c", f"{command} -verify_return_error -CAfile /tmp/ca.pem </dev/null", check=False)
    assert "Verify return code: 0 (ok)" in said
    assert "TLSv1.3" in said


def test_idle_tells_of_new_mail(server: Server) -> None:
    with server.imap(BOB) as session:
        session.select("INBOX")
        session.send(b"x1 IDLE\r\n")
        assert session.readline().startswith(b"+")
        server.submit(ALICE, BOB)
        session.sock.settimeout(20)
        while b"EXISTS" not in session.readline():
            pass
        session.send(b"DONE\r\n")
        while not session.readline().startswith(b"x1 OK"):
            pass
