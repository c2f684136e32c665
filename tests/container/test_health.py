"""The health check does what a user does: what breaks a login, a delivery or the filter makes it unhealthy."""

from __future__ import annotations

import imaplib
import smtplib

import pytest

from tests.container.conftest import ALICE
from tests.container.docker import until
from tests.container.lab import Lab, Server, accounts, trusting

HEALTH = ("python3", "-m", "mailwright.programs.health")
CONF = "/etc/dovecot/dovecot.conf"
BREAK = "cp {0} /tmp/kept && printf %b '{1}\\n' >> {0} && doveadm reload"
MEND = "cat /tmp/kept > {0} && doveadm reload"
PROXY = "submissions/inet/smtpd_upstream_proxy_protocol=haproxy\n"

# Behind a reverse proxy the ports of POP3 expect a PROXY header too.
HAPROXY = """haproxy_trusted_networks = 127.0.0.0/8
service pop3-login {
  inet_listener pop3 {
    haproxy = yes
  }
  inet_listener pop3s {
    haproxy = yes
  }
}
"""


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A server with the filter, POP3 and both ports of submission."""
    config = {"postfix-accounts.cf": accounts(ALICE), "postfix-master.cf": PROXY, "dovecot.cf": HAPROXY}
    env = {"ENABLE_RSPAMD": "1", "ENABLE_POP3": "1", "ENABLE_SUBMISSIONS": "1"}
    small = ("--tmpfs", "/var/log/mail:size=16m")
    server = lab.mailserver("example", config, env, *small, ready=(25, 587, 993))
    until("health", lambda: healthy(server), 40)
    return server


def healthy(server: Server) -> bool:
    """Whether the health check passes; AssertionError with its reason if not."""
    said = reason(server).strip()
    assert said.startswith("healthy"), said
    return True


def reason(server: Server) -> str:
    """What the health check says."""
    return server.run(*HEALTH, check=False)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("auth_username_format = %Lu", ("dovecot", "login")),
        ("protocol lmtp {\\n  mail_plugins = nosuch\\n}", ("dovecot", "lmtp")),
        ("protocol imap {\\n  mail_plugins = nosuch\\n}", ("dovecot", "imap")),
    ],
)
def test_what_breaks_dovecot_for_users(server: Server, line: str, words: tuple[str, ...]) -> None:
    assert healthy(server)
    server.run("sh", "-c", BREAK.format(CONF, line))
    try:
        until(f"a reason with {words}", lambda: all(word in reason(server) for word in words), 20)
    finally:
        server.run("sh", "-c", MEND.format(CONF))
    until("health", lambda: healthy(server), 60)


def test_accounts_that_dovecot_does_not_know_any_more(server: Server) -> None:
    server.run("sh", "-c", "cp -p /etc/dovecot/userdb /tmp/userdb && : > /etc/dovecot/userdb")
    try:
        until("a reason", lambda: "550 5.1.1" in reason(server), 20)
    finally:
        server.run("cp", "-p", "/tmp/userdb", "/etc/dovecot/userdb")
    until("health", lambda: healthy(server), 60)


def test_a_table_of_postfix_that_is_not_there(server: Server) -> None:
    server.run("sh", "-c", "cp -p /etc/postfix/main.cf /tmp/main.cf")
    server.run("sh", "-c", "echo 'transport_maps = texthash:/nowhere' >> /etc/postfix/main.cf && postfix reload")
    try:
        until("a reason", lambda: "451 4.3.0" in reason(server), 20)
    finally:
        server.run("sh", "-c", "cp -p /tmp/main.cf /etc/postfix/main.cf && postfix reload")
    until("health", lambda: healthy(server), 60)


def test_a_filter_that_hangs(server: Server) -> None:
    """Its process runs on, but mail waits for it."""
    server.run("pkill", "-STOP", "-x", "rspamd")
    try:
        assert "milter" in reason(server)
        # A client that waits for less than half a minute is told.
        with pytest.raises(smtplib.SMTPConnectError, match="421"):
            smtplib.SMTP(server.ip, 587, local_hostname="client.test", timeout=25)
    finally:
        server.run("pkill", "-CONT", "-x", "rspamd")
    until("health", lambda: healthy(server), 60)


def test_a_process_that_a_signal_has_stopped(server: Server) -> None:
    """No dialogue asks qmgr, but mail waits for it."""
    server.run("pkill", "-STOP", "-x", "qmgr")
    try:
        assert "qmgr (process " in reason(server)
    finally:
        server.run("pkill", "-CONT", "-x", "qmgr")
    assert healthy(server)


def test_a_full_volume(server: Server) -> None:
    server.run("sh", "-c", "cat /dev/zero >/var/log/mail/ballast 2>/dev/null || :")
    try:
        assert "/var/log/mail is full" in reason(server)
    finally:
        server.run("rm", "/var/log/mail/ballast")
    assert healthy(server)


def test_a_mail_folder_of_another_owner(server: Server) -> None:
    server.deliver("", ALICE)
    # A mail that is still on its way into the folder would be deferred for five minutes.
    until("the mailbox", lambda: server.run("ls", "/var/mail/example.test/alice/new", check=False), 20)
    until("an empty queue", lambda: "is empty" in server.run("postqueue", "-p"))
    server.run("chown", "root:root", "/var/mail/example.test")
    assert "/var/mail/example.test" in reason(server)
    server.run("chown", "5000:5000", "/var/mail/example.test")
    assert healthy(server)


def test_the_probe_account_is_for_this_container_alone(server: Server) -> None:
    row = server.run("cat", "/run/mailwright/health/passwd")
    login, password = row.split(":")[0], row.split(":")[1].removeprefix("{PLAIN}")
    with imaplib.IMAP4_SSL(server.ip, 993, ssl_context=trusting(), timeout=30) as client:
        with pytest.raises(imaplib.IMAP4.error):
            client.login(login, password)
    assert login not in server.run("setup", "email", "list")


def test_the_log_stays_quiet(server: Server) -> None:
    def lines() -> list[str]:
        return [line for line in server.log().splitlines() if "is_aliased" not in line]

    until("an empty queue", lambda: "is empty" in server.run("postqueue", "-p"))
    until("a log at rest", lambda: (seen := lines()) and not server.run("sleep", "1") and seen == lines())
    before = len(lines())
    for _ in range(3):
        assert healthy(server)
    assert lines()[before:] == []


def test_when_memory_is_short_the_filter_ends_before_mail(server: Server) -> None:
    """The kernel adds this to a process's size when it chooses one. No test can make it choose."""
    names = ("rspamd: rspamd_proxy", "rspamd: main", "/usr/bin/redis", "/usr/lib/postfix/sbin/master", "dovecot/")
    worker, main, redis, postfix, dovecot = (
        int(server.run("sh", "-c", f"cat /proc/$(pgrep -o -f '^{name}')/oom_score_adj")) for name in names
    )
    assert worker > main > redis > postfix == dovecot
