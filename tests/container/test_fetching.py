"""fetchmail and getmail bring mail of another server: once, through the filter, as a stranger's."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.container.deployments import KEY
from tests.container.docker import until
from tests.container.lab import PASSWORD, Lab, Server, accounts, message
from tests.pki import pair

ALICE, BOB = "alice@example.test", "bob@example.test"
HOST = "imap.remote.test"
FOLDER = "/tmp/docker-mailserver"
# Mailboxes elsewhere: fetchmail over IMAP, over POP3 with keep, to somebody who is not here; getmail over IMAP.
IMAP, POP3, ASTRAY, GETMAIL, LOCKED = (f"{name}@remote.test" for name in "imap pop3 astray getmail locked".split())
MARKED = "YJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
SURE = "You have won a prize"  # in the subject: spam for sure
RULES = {
    "rspamd/custom-commands.conf": 'set-common-option gtube_patterns "all"\n',
    "rspamd/override.d/regexp.conf": f"SPAM_FOR_SURE {{ re = 'Subject=/{SURE}/'; score = 90.0; }}\n",
}
HEALTH = ("python3", "-m", "mailwright.programs.health")
FETCHMAIL = f"""
defaults sslcertfile "{FOLDER}/ssl/ca.pem"
poll {HOST} proto imap
  user {IMAP} pass {PASSWORD} is {ALICE} here ssl
poll second.{HOST} via {HOST} proto pop3 uidl
  user {POP3} pass {PASSWORD} is {BOB} here ssl keep
poll third.{HOST} via {HOST} proto imap
  user {ASTRAY} pass {PASSWORD} is eve@elsewhere.test here ssl
poll fourth.{HOST} via {HOST} proto imap
  user {LOCKED} pass not-{PASSWORD} is {BOB} here
"""
GETMAILRC = f"""[retriever]
type = SimpleIMAPSSLRetriever
server = {HOST}
username = {GETMAIL}
password = {PASSWORD}
ca_certs = {FOLDER}/ssl/ca.pem
[destination]
type = MDA_external
path = /usr/lib/dovecot/deliver
allow_root_commands = true
arguments = ("-d","{BOB}")
"""
ON = {
    "ENABLE_RSPAMD": "1",
    "ENABLE_FETCHMAIL": "1",
    "FETCHMAIL_POLL": "1",
    "FETCHMAIL_PARALLEL": "1",
    "ENABLE_GETMAIL": "1",
    "LOG_LEVEL": "warn",
}


@dataclass
class Post:
    """The server that fetches, and the one that has the mail."""

    lab: Lab
    here: Server
    remote: Server
    certificate: str


def fetching(lab: Lab, name: str, certificate: str) -> Server:
    """The server that fetches, with volumes that stay when it goes."""
    files = {"postfix-accounts.cf": accounts(ALICE, BOB), "fetchmail.cf": FETCHMAIL, "getmail/work.cf": GETMAILRC}
    files["dovecot-quotas.cf"] = f"{ALICE}:2M\n"
    files |= {"ssl/ca.pem": certificate, "opendkim/keys/example.test/mail.private": KEY}
    volumes = [f"-v{lab.name}-{folder}:/var/{folder}" for folder in ("mail", "mail-state")]
    return lab.mailserver(name, files | RULES, ON, *volumes, hostname="mail.example.test")


@pytest.fixture(scope="module")
def post(lab: Lab) -> Post:
    certificate, key = pair(HOST)
    tls = {"SSL_TYPE": "manual", "SSL_CERT_PATH": f"{FOLDER}/ssl/cert.pem", "SSL_KEY_PATH": f"{FOLDER}/ssl/key.pem"}
    files = {
        "postfix-accounts.cf": accounts(IMAP, POP3, ASTRAY, GETMAIL, LOCKED),
        "ssl/cert.pem": certificate,
        "ssl/key.pem": key,
    }
    remote = lab.mailserver("remote", files, tls | {"ENABLE_POP3": "1"}, hostname=HOST)
    lab.zone(f"host-record={HOST},{remote.ip}", "host-record=example.test,192.0.2.10")
    for folder in ("mail", "mail-state"):
        lab.volume(folder)
    return Post(lab, fetching(lab, "here", certificate), remote, certificate)


def sent(
    post: Post, mailbox: str, subject: str = "hello", text: str = "Good day.", sender: str = "x@outside.test"
) -> str:
    """The Message-ID of a mail that lies in a mailbox elsewhere, or has been fetched from there."""
    return post.remote.deliver(sender, mailbox, message(sender, mailbox, subject, f"{text}\n"))


def count(server: Server, login: str, message_id: str) -> int:
    """How often the mail is in the login's INBOX."""
    return sum(message_id in mail for mail in server.mails(login))


def test_a_mail_is_fetched_once_and_is_a_strangers(post: Post) -> None:
    forged = sent(post, IMAP, sender=ALICE)
    mail = post.here.receives(ALICE, forged)
    assert f"Return-Path: <{ALICE}>\n" in mail.replace("\r", "")
    assert "DKIM-Signature:" not in mail
    assert "Authentication-Results: mail.example.test;" in mail
    until("it to leave the other server", lambda: not post.remote.mails(IMAP))
    assert count(post.here, ALICE, forged) == 1
    # The server signs what its own logins send.
    own = post.here.submit(ALICE, BOB)
    assert "DKIM-Signature:" in post.here.receives(BOB, own)


@pytest.mark.parametrize(("subject", "text"), [("hello", MARKED), (SURE, "Good day.")])
def test_spam_is_in_junk(post: Post, subject: str, text: str) -> None:
    post.here.receives(ALICE, sent(post, IMAP, subject, text), "Junk")
    until("it to leave the other server", lambda: not post.remote.mails(IMAP))


def test_mail_for_somebody_else_stays_where_it_is(post: Post) -> None:
    message_id = sent(post, ASTRAY)
    line = post.here.sees("mail for eve@elsewhere.test stays on the other server")
    assert "Relay access denied" in line
    assert count(post.remote, ASTRAY, message_id) == 1
    assert "Mail queue is empty" in post.here.run("postqueue", "-p")
    assert "third.imap.remote.test: 'eve@elsewhere.test' is not an address of this server" in post.here.log()


def test_a_mail_that_does_not_fit_stays_where_it_is(post: Post) -> None:
    """Once it has left there, it could only be bounced, to a sender who may be forged."""
    for size, reason in ((3_000_000, "5.2.2"), (30_000_000, "5.3.4 larger than POSTFIX_MESSAGE_SIZE_LIMIT")):
        mail = "Return-Path: <forged@outside.test>\nSubject: big\n\n" + ("x" * 69 + "\n") * (size // 70)
        post.here.run("/usr/lib/mailwright/fetched-mail", "-d", ALICE, check=False, text=mail)
        post.here.sees(f"mail for {ALICE} stays on the other server: {reason}")
    assert "Mail queue is empty" in post.here.run("postqueue", "-p")


def test_a_wrong_password_is_in_the_log_and_passwords_are_not(post: Post) -> None:
    post.here.sees(f"Authorization failure on {LOCKED}")
    assert post.here.run(*HEALTH) == "healthy\n"
    shown = (
        post.here.log() + post.here.run("ps", "axo", "args") + post.here.run("setup", "debug", "fetchmail", check=False)
    )
    assert f'LOGIN "{IMAP}" *' in shown
    assert not [line for line in shown.splitlines() if PASSWORD in line.split()]


def test_getmail(post: Post) -> None:
    post.here.run("supervisorctl", "stop", "getmail")  # a poll of its own could come first
    message_id = sent(post, GETMAIL)
    assert "1 messages" in post.here.run("setup", "debug", "getmail")
    assert "DKIM-Signature:" not in post.here.receives(BOB, message_id)
    assert "0 messages" in post.here.run("setup", "debug", "getmail")
    assert count(post.remote, GETMAIL, message_id) == 1
    later = sent(post, GETMAIL)
    post.here.run("supervisorctl", "start", "getmail")
    post.here.receives(BOB, later)
    post.here.sees("delivered to MDA_external command fetched-mail")
    assert count(post.here, BOB, message_id) == 1


def test_what_is_down_for_a_while(post: Post) -> None:
    post.here.run("supervisorctl", "stop", "rspamd")
    before = len(post.here.log())
    message_id = sent(post, IMAP)
    stays = f"mail for {ALICE} stays on the other server"
    until("a try", lambda: stays in post.here.log()[before:])
    # The filter comes back, but nothing that takes the mail from Postfix.
    post.here.run("supervisorctl", "stop", "dovecot")
    post.here.run("supervisorctl", "start", "rspamd")
    post.here.sees("status=deferred")
    post.here.run("supervisorctl", "start", "dovecot")
    until("Dovecot", lambda: post.here.greets(993))
    post.here.receives(ALICE, message_id, queue=post.here)
    until("it to leave the other server", lambda: not post.remote.mails(IMAP))
    assert count(post.here, ALICE, message_id) == 1


def edited(post: Post, name: str, text: str) -> None:
    """Writes a file of the config folder."""
    assert post.here.config
    (post.here.config / name).write_text(text)


def processes(post: Post) -> dict[str, str]:
    """Program → its process, as supervisord knows it."""
    rows = [line.split() for line in post.here.run("supervisorctl", "status", check=False).splitlines()]
    return {row[0]: row[3] for row in rows if row[1] == "RUNNING"}


def test_a_change_restarts_fetchmail_only_and_a_mistake_nothing(post: Post) -> None:
    before = processes(post)
    edited(post, "fetchmail.cf", FETCHMAIL + f"poll x user y {PASSWORD} is z\n")
    line = post.here.sees("fetchmail.cf:11:")
    assert "syntax error" in line
    assert PASSWORD not in line
    assert processes(post) == before
    # Without its issuer the other server's certificate is not trusted.
    edited(post, "fetchmail.cf", FETCHMAIL.replace("sslcertfile", "sslcertpath"))
    post.here.sees("certificate verify failed")
    after = processes(post)
    assert {name for name in before if before[name] != after.get(name)} == {"fetchmail"}
    edited(post, "fetchmail.cf", FETCHMAIL)
    until("the change", post.here.is_settled)


def test_a_new_container_fetches_nothing_twice(post: Post) -> None:
    kept, got = sent(post, POP3), sent(post, GETMAIL)
    post.here.run("setup", "debug", "getmail")
    for message_id in (kept, got):
        post.here.receives(BOB, message_id)
    post.here.stop()
    post.lab.forget(post.here)
    kept_later, got_later = sent(post, POP3), sent(post, GETMAIL)
    post.here = fetching(post.lab, "anew", post.certificate)
    for message_id in (kept_later, got_later):
        post.here.receives(BOB, message_id)
    assert [count(post.here, BOB, each) for each in (kept, got, kept_later, got_later)] == [1, 1, 1, 1]
    assert [count(post.remote, POP3, each) for each in (kept, kept_later)] == [1, 1]
