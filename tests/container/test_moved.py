"""Deployments of docker-mailserver whose image line alone was changed: each page of its documentation starts and works,
or is refused with every mistake at once and the cure.

A row has the page, what it tells the operator to do, and what happens here. The rows that start do so together, in two
deployments; the rows that are refused are refused together.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.container import deployments
from tests.container.docker import until
from tests.container.lab import Lab, Server, accounts

ALICE, BOB = "alice@example.com", "bob@example.com"


class Moved(NamedTuple):
    """The two deployments that start."""

    stock: Server
    rspamd: Server


@pytest.fixture(scope="module")
def moved(lab: Lab) -> Moved:
    """Both start at the same time."""
    both = Moved(deployments.stock(lab), deployments.rspamd(lab))
    for server in both:
        server.wait_ready(25, 587, 993)
    return both


def is_healthy(moved: Moved) -> None:
    until("health", lambda: moved.stock.inspect("{{.State.Health.Status}}") == "healthy")


def hints_at_port_465(moved: Moved) -> None:
    said = moved.stock.run("setup", "doctor", "--offline", check=False)
    assert "port 465 is off; in docker-mailserver" in said
    assert "set ENABLE_SUBMISSIONS=1 if mail programs use it" in said


def passes_mail(moved: Moved) -> None:
    assert moved.stock.receives(ALICE, moved.stock.submit(BOB, "info@example.com"))
    assert moved.stock.run("postconf", "-h", "smtpd_milters").strip()
    assert "ENABLE_RSPAMD=0: Rspamd runs in place of ENABLE_OPENDKIM=1, " in moved.stock.log()


def signs_with_opendkims_key(moved: Moved) -> None:
    assert "s=mail;" in moved.stock.receives(ALICE, moved.stock.submit(ALICE, ALICE))


def patches(moved: Moved) -> None:
    log = moved.stock.log()
    assert "mailwright: warn: user-patches.sh: ended with exit code 1; the start goes on" in log
    assert "user-patches.sh: supervisorctl update: no program runs yet" in log
    assert "patched" in moved.stock.run("postconf", "smtpd_banner")


def names_unread_places(moved: Moved) -> None:
    log = moved.stock.log()
    assert "user-patches.sh:2: no program of this image reads /etc/dovecot/conf.d (hint: " in log
    assert "user-patches.sh:3: no program of this image reads /etc/amavis (hint: " in log


def takes_the_proxys_header(moved: Moved) -> None:
    for port, greeting in ((10587, b"220 "), (10143, b"* OK ")):
        with socket.create_connection((moved.stock.ip, port), 10) as client:
            client.sendall(f"PROXY TCP4 203.0.113.9 192.0.2.1 4000 {port}\r\n".encode())
            assert client.recv(4) == greeting[:4]


def gives_mail_to_its_user(moved: Moved) -> None:
    assert "/var/mail/example.com belonged to another user and now to 5000:5000" in moved.stock.log()
    assert moved.stock.receives(BOB, moved.stock.submit(ALICE, BOB))


def knows_what_was_learnt(moved: Moved) -> None:
    asked = ("redis-cli", "-s", "/run/redis/redis.sock", "get", "learnt")
    until("Redis", lambda: moved.stock.run(*asked) == "yes\n")
    assert "lib-redis/dump.rdb is a copy of docker-mailserver's dms-dump.rdb" in moved.stock.log()


def says_that_it_is_up(moved: Moved) -> None:
    moved.stock.sees("mail.example.com is up and running")
    moved.stock.run("grep", "-q", "postfix/smtpd", "/var/log/mail.log")


def signs_a_logins_mail_only(moved: Moved) -> None:
    server, alice, bob = moved.rspamd, "alice@moved.test", "bob@moved.test"
    assert "s=mail;" in server.receives(alice, server.submit(alice, alice))
    passed_on = server.receives(alice, server.deliver(alice, bob))
    assert "X-Sieve-Redirected-From" in passed_on
    assert "DKIM-Signature" not in passed_on


def follows_the_commands(moved: Moved) -> None:
    assert "enabled = false;" in moved.rspamd.run("cat", "/etc/rspamd/override.d/chartable.conf")
    assert "expire = 2d;" in moved.rspamd.run("cat", "/etc/rspamd/override.d/greylist.conf")


def bans_as_the_example_says(moved: Moved) -> None:
    until("fail2ban", lambda: "nobody is banned" in moved.rspamd.run("setup", "fail2ban"))
    for jail in ("dovecot", "postfix", "postfix-sasl"):
        assert moved.rspamd.run("fail2ban-client", "get", jail, "maxretry").strip() == "6"
    assert f"{moved.rspamd.ip.rpartition('.')[0]}.1" in moved.rspamd.run(
        "fail2ban-client", "get", "dovecot", "ignoreip"
    )


def names_what_nothing_reads(moved: Moved) -> None:
    assert "/etc/cron.d/sa-learn is mounted, but no program of this image reads it" in moved.stock.log()


def names_once_what_has_no_effect(moved: Moved) -> None:
    assert moved.rspamd.log().count("UPDATE_CHECK_INTERVAL has no effect") == 1


def polls(moved: Moved) -> None:
    moved.rspamd.sees("starting fetchmail")


class Starts(NamedTuple):
    """A page, what it tells to do, what that does here, and the look at it."""

    page: str
    tells: str
    here: str
    holds: Callable[[Moved], None]


STARTS = [
    Starts("compose.yaml", "healthcheck: ss --listening …", "healthy", is_healthy),
    Starts("compose.yaml", "scripts wait for a line, read /var/log/mail.log", "they find both", says_that_it_is_up),
    Starts("compose.yaml", "port 465", "off; doctor says how to open it", hints_at_port_465),
    Starts("mailserver.env", "the file as it is", "mail passes; Rspamd does the old filters' work", passes_mail),
    Starts("DKIM", "opendkim/keys/DOMAIN/mail.private", "Rspamd signs with it", signs_with_opendkims_key),
    Starts("user-patches.sh", "postconf -e …", "in effect; its exit code is a warning", patches),
    Starts("user-patches.sh", "write below /etc/dovecot/conf.d, /etc/amavis", "a warning", names_unread_places),
    Starts("Behind a proxy", "ports of its own for PROXY", "both take the header", takes_the_proxys_header),
    Starts("Backup", "restored mail of another owner", "given to vmail", gives_mail_to_its_user),
    Starts("Rspamd", "learnt: lib-redis/dms-dump.rdb", "copied once", knows_what_was_learnt),
    Starts("Rspamd", "its dkim_signing.conf", "signs for logins, not what passes", signs_a_logins_mail_only),
    Starts("Rspamd", "rspamd/custom-commands.conf", "in effect", follows_the_commands),
    Starts("Fail2ban", "its example fail2ban-jail.cf", "its limits; gateways exempt", bans_as_the_example_says),
    Starts("SpamAssassin", "mount a file at /etc/cron.d/sa-learn", "a warning", names_what_nothing_reads),
    Starts("mailserver.env", "UPDATE_CHECK_INTERVAL=2d", "one warning", names_once_what_has_no_effect),
    Starts("Fetchmail", "ENABLE_FETCHMAIL=1 and fetchmail.cf", "it polls", polls),
]


@pytest.mark.parametrize("row", STARTS, ids=lambda row: f"{row.page}: {row.tells}")
def test_it_starts_and_works(moved: Moved, row: Starts) -> None:
    row.holds(moved)


def test_the_report_agrees_with_the_daemons_tools(moved: Moved) -> None:
    entries = {entry["name"]: entry["kind"] for entry in json.loads(moved.stock.run("mailwright", "check", "--json"))}
    assert entries["postfix-main.cf"] == "taken as is"
    assert entries["whitelist_clients.local"] == "translated"
    assert entries["amavis.cf"] == entries["dhparams.pem"] == "differs"
    assert "refused" not in entries.values()


class Refused(NamedTuple):
    """A page, what it tells to do (a mount, a file or a variable), and the mistake and cure that the log names."""

    page: str
    tells: str
    log: str


UNUSED = "is mounted, but this image does not read files there (hint: "
REFUSED = [
    Refused(
        "Full-text search",
        "/etc/dovecot/conf.d/10-plugin.conf:ro",
        f"volumes: /etc/dovecot/conf.d/10-plugin.conf {UNUSED}put its content into dovecot.cf in the config folder)",
    ),
    Refused(
        "Rspamd",
        "/etc/rspamd/override.d",
        f"volumes: /etc/rspamd/override.d {UNUSED}mount it at /tmp/docker-mailserver/rspamd/override.d)",
    ),
    Refused(
        "Fail2ban",
        "/etc/fail2ban/jail.d",
        f"volumes: /etc/fail2ban/jail.d {UNUSED}put its content into fail2ban-jail.cf in the config folder)",
    ),
    Refused(
        "Sieve",
        "/usr/lib/dovecot/sieve-global",
        f"volumes: /usr/lib/dovecot/sieve-global {UNUSED}"
        "put its content into before.dovecot.sieve or after.dovecot.sieve in the config folder)",
    ),
    Refused(
        "Sieve",
        "/usr/lib/dovecot/sieve-pipe",
        f"volumes: /usr/lib/dovecot/sieve-pipe {UNUSED}mount it at /tmp/docker-mailserver/sieve-pipe)",
    ),
    Refused(
        "Dovecot 2.3",
        "dovecot.cf: mail_plugins",
        "dovecot.cf:1: $mail_plugins fts fts_xapian is Dovecot 2.3's (hint: Dovecot 2.4: mail_plugins/fts = yes and ",
    ),
    Refused("Dovecot 2.3", "dovecot.cf: plugin", "dovecot.cf:2: plugin { } is Dovecot 2.3's (hint: Dovecot 2.4 has"),
    Refused("Dovecot 2.3", "dovecot.cf: mail_location", "dovecot.cf:5: mail_location is Dovecot 2.3's (hint: Dovecot"),
    Refused(
        "Postfix",
        "postfix-main.cf: a list with policyd-spf",
        "postfix-main.cf:1: smtpd_recipient_restrictions: nothing listens on unix:private/policyd-spf, so mail would "
        "wait (hint: delete it: Rspamd checks SPF)",
    ),
    Refused(
        "Accounts",
        "ACCOUNT_PROVISIONER=OIDC",
        "environment: ACCOUNT_PROVISIONER: 'OIDC' is not one of FILE, LDAP, SQL",
    ),
]
MOUNTS = [row.tells for row in REFUSED if row.tells.startswith("/")]


class Attempt(NamedTuple):
    """The log of a start that was refused, and the mounted folder of the host."""

    log: str
    hosts: Path


@pytest.fixture(scope="module")
def refused(lab: Lab) -> Attempt:
    """Everything that is refused, in one start."""
    hosts = lab.folder({path.lstrip("/").partition(":")[0] + ("" if ":" in path else "/kept"): "" for path in MOUNTS})
    mounts = [word for path in MOUNTS for word in ("-v", f"{hosts}{path.partition(':')[0]}:{path}")]
    config = {
        "postfix-accounts.cf": accounts(ALICE),
        "dovecot.cf": deployments.DOVECOT_2_3,
        "postfix-main.cf": "smtpd_recipient_restrictions = reject_unauth_destination, "
        "check_policy_service unix:private/policyd-spf\n",
    }
    server = lab.mailserver("no", config, {"ACCOUNT_PROVISIONER": "OIDC"}, *mounts, ready=())
    until("its end", lambda: server.inspect("{{.State.Status}}") == "exited")
    assert server.inspect("{{.State.ExitCode}}") == "78"
    return Attempt(server.log(), hosts)


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: f"{row.page}: {row.tells}")
def test_it_is_refused_with_the_cure(refused: Attempt, row: Refused) -> None:
    assert f"error: {row.log}" in refused.log
    assert "starting" not in refused.log


def test_all_mistakes_are_named_once_and_the_files_stay(refused: Attempt) -> None:
    assert refused.log.count("mailwright: error: ") == len(REFUSED) + 1
    for path in MOUNTS:
        kept = refused.hosts / path.lstrip("/").partition(":")[0]
        assert kept.is_file() or (kept / "kept").is_file()


def test_the_list_of_packages(moved: Moved) -> None:
    listed = json.loads(moved.stock.run("mailwright", "version", "--sbom"))["packages"]
    found = {f"{package['name']} {package['versionInfo']}" for package in listed if "externalRefs" in package}
    assert found == set(moved.stock.run("dpkg-query", "-W", "-f", "${Package} ${Version}\n").splitlines())
