"""What can't be a configuration is refused: all at once, with file and line, exit 78, before any daemon starts."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import IMAGE, until
from tests.container.lab import HASH, Lab, accounts
from tests.pki import pair

HOST = "mail.refused.test"


def refusal(lab: Lab, config: Mapping[str, str | bytes], env: Mapping[str, str], *options: str) -> str:
    """The log of a start that is refused; checks exit code, that no daemon started, and that no secret is told."""
    server = lab.mailserver(f"no{next(lab.numbers)}", config, env, *options, hostname=HOST, ready=())
    until("its end", lambda: server.inspect("{{.State.Status}}") == "exited")
    log = server.log()
    assert server.inspect("{{.State.ExitCode}}") == "78", log
    assert "Traceback" not in log
    assert "starting" not in log
    assert HASH[16:] not in log
    return log


def test_every_mistake_at_once(lab: Lab) -> None:
    config = {
        "mailserver.env": "# settings\nENABLE_POP3=maybe\nENABLE_RSPMAD=1\nnonsense\n",
        "postfix-accounts.cf": accounts(ALICE) + "bob@example.test\n" + accounts("carol+x@example.test", ALICE),
        "postfix-virtual.cf": "a@example.test b@example.test\nb@example.test a@example.test\nlonely@example.test\n",
        "postfix-main.cf": "message_size_limit = 5\n  0\nthis is nothing\n",
        "postfix-master.cf": "nosuch/inet/syslog_name=x\nsubmission\n",
    }
    env = {"SSL_TYPE": "letsencrpyt", "POSTFIX_MESSAGE_SIZE_LIMIT": "10X", "TZ": "Mars/Olympus"}
    log = refusal(lab, config, env)
    for line in (
        "mailserver.env:2: ENABLE_POP3: 'maybe' is not 0 or 1",
        "mailserver.env:3: ENABLE_RSPMAD is not a setting (did you mean ENABLE_RSPAMD?)",
        "mailserver.env:4: is not a line of the form NAME=value",
        "environment: SSL_TYPE: 'letsencrpyt' is not one of",
        "(did you mean letsencrypt?)",
        "environment: POSTFIX_MESSAGE_SIZE_LIMIT: '10X' is not a size in bytes",
        "environment: TZ: 'Mars/Olympus' is not a time zone",
        "postfix-accounts.cf:2: bob@example.test has no password hash",
        "postfix-accounts.cf:3: 'carol+x@example.test' has a +",
        "postfix-accounts.cf:4: alice@example.test is an account already",
        "postfix-virtual.cf:1: a@example.test leads back to itself",
        "postfix-virtual.cf:3: alias 'lonely@example.test' has no target",
        "postfix-main.cf:3: 'this…' is not of the form name = value",
        "postfix-master.cf:1: there is no service nosuch/inet",
        "postfix-master.cf:2: 'submission' is not service/type/parameter=value",
    ):
        assert line in log
    assert re.search(r"\d+ problems; the mail server does not start", log)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"postfix-main.cf": "# size\nmessage_size_limit = abc\n"},
            "postfix-main.cf:2: message_size_limit: 'abc' is not a number",
        ),
        ({"postfix-main.cf": "smtpd_soft_error_limit = abc\n"}, "postfix-main.cf:1: smtpd_soft_error_limit: 'abc'"),
        ({"postfix-master.cf": "smtp/inet/smtpd_timeout=soon\n"}, "postfix-master.cf:1: smtpd_timeout: 'soon' is"),
        ({"dovecot.cf": "# mine\nfoo_bar = 3\n"}, "dovecot.cf:2: "),
        (
            {"dovecot.cf": "protocol imap {\n  mail_plugins/nosuch = yes\n}\n"},
            "dovecot.cf:2: this image does not have Dovecot's plugin nosuch",
        ),
        ({"postfix-accounts.cf": b"\xff\xfe"}, "postfix-accounts.cf:1: is not UTF-8 text"),
        ({"postfix-virtual.cf": "a@b.test c@d.test\nx@b.test y\0@d.test\n"}, "postfix-virtual.cf:2: has a control"),
        ({"postfix-accounts.cf": "a@b.test|{PLAIN}a:b\n"}, "has a colon"),
        ({"postfix-accounts.cf": "../../etc@b.test|{PLAIN}x\n"}, "postfix-accounts.cf:1: "),
        ({"postfix-accounts.cf": "a/b@b.test|{PLAIN}x\n"}, "postfix-accounts.cf:1: "),
        ({"postfix-accounts.cf": "a%u@b.test|{PLAIN}x\n"}, "postfix-accounts.cf:1: "),
        ({"postfix-accounts.cf/x": ""}, "postfix-accounts.cf: is a folder, not a file"),
        ({"templates/postfix/main.cf.j2": "a = {{ hostname }}\n{{ nosuch }}\n"}, "templates/postfix/main.cf.j2:2"),
        ({"templates/postfix/main.cf.j2": "a = {% if %}\n"}, "templates/postfix/main.cf.j2:1"),
        ({"user-patches.sh": "echo 'foo_bar = 1' >> /etc/dovecot/dovecot.conf\n"}, "user-patches.sh: left /etc/"),
        (
            {"user-patches.sh": "echo 'mail_path = /var/mail/%d/%n' >> /etc/dovecot/dovecot.conf\n"},
            "user-patches.sh: left dovecot: /var/mail/%d/%n has variables of Dovecot 2.3",
        ),
        (
            {"dovecot.cf": "!include_try /tmp/docker-mailserver/m*.conf\n", "more.conf": "# mine\nmail_home = /all\n"},
            "more.conf:2: mail_home = /all is one place for all users",
        ),
    ],
)  # fmt: skip
def test_broken_files_are_named(lab: Lab, files: dict[str, str | bytes], said: str) -> None:
    accounted = any(name.startswith("postfix-accounts.cf") for name in files)
    assert said in refusal(lab, files if accounted else {"postfix-accounts.cf": accounts(ALICE), **files}, {})


@pytest.mark.parametrize(
    ("make", "said"),
    [
        ("mkfifo", "is not a regular file"),
        ("ln -s /nowhere", "is a link to nothing"),
        ("ln -s /dev/zero", "is not a regular file"),
        ("install -m 000 /dev/null", ""),
    ],
)
def test_things_that_are_no_files(lab: Lab, make: str, said: str) -> None:
    patch = f"{make} /tmp/docker-mailserver/postfix-virtual.cf && exec mailwright boot"
    folder = lab.folder({"postfix-accounts.cf": accounts(ALICE)})
    odd = lab.container(
        f"odd{next(lab.numbers)}", "--hostname", HOST, "-v", f"{folder}:/tmp/docker-mailserver",
        image=IMAGE, command=("sh", "-c", patch),
    )  # fmt: skip
    if said:
        assert f"postfix-virtual.cf: {said}" in odd.sees("postfix-virtual.cf")
        until("its end", lambda: odd.inspect("{{.State.ExitCode}}") == "78")
    else:
        odd.wait_ready(25)


@pytest.mark.parametrize("value", ["a\nb", "mail.x.test\nmessage_size_limit = 1", "x\r", "x\x1b[31m", "x\x7f"])
@pytest.mark.parametrize("name", ["OVERRIDE_HOSTNAME", "POSTMASTER_ADDRESS", "POSTFIX_DAGENT"])
def test_line_breaks_and_control_characters_never_reach_a_file(lab: Lab, name: str, value: str) -> None:
    log = refusal(lab, {}, {name: value})
    assert f"environment: {name}: has a line break or control character" in log
    assert "\x1b[31m" not in log


CHAIN, KEY = pair(HOST)
OTHER_KEY = pair(HOST)[1]
MANUAL = {"SSL_TYPE": "manual", "SSL_CERT_PATH": "/tmp/docker-mailserver/c", "SSL_KEY_PATH": "/tmp/docker-mailserver/k"}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"k": KEY}, "/tmp/docker-mailserver/c does not exist"),
        ({"c": CHAIN, "k": ""}, "/tmp/docker-mailserver/k: is empty"),
        ({"c": "", "k": KEY}, "/tmp/docker-mailserver/c: is empty"),
        ({"c": CHAIN, "k": OTHER_KEY}, "the key does not fit the certificate"),
        ({"c": "rubbish", "k": KEY}, "holds no certificate in PEM form"),
        ({"c": CHAIN, "k": "rubbish"}, "holds no private key in PEM form"),
    ],
)
def test_certificates_that_do_not_work(lab: Lab, files: dict[str, str], said: str) -> None:
    assert said in refusal(lab, {"postfix-accounts.cf": accounts(ALICE), **files}, MANUAL)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (pair(HOST, days=-1, starts=-9), "expired on"),
        (pair(HOST, days=5), "expires on"),
        (pair(HOST, starts=5, days=50), "is not valid before"),
        (pair("elsewhere.test"), "is issued for elsewhere.test, not for mail.refused.test"),
    ],
)
def test_certificates_that_clients_may_refuse_are_warned_of(lab: Lab, made: tuple[str, str], said: str) -> None:
    config = {"postfix-accounts.cf": accounts(ALICE, BOB), "c": made[0], "k": made[1]}
    server = lab.mailserver(f"warned{next(lab.numbers)}", config, MANUAL, hostname=HOST)
    assert f"mailwright: warn: /tmp/docker-mailserver/c: {said}" in server.log()


def test_windows_line_ends_and_a_byte_order_mark_are_understood(lab: Lab) -> None:
    config = {"postfix-accounts.cf": "\ufeff" + accounts(ALICE, BOB).replace("\n", "\r\n")}
    server = lab.mailserver("windows", config)
    server.receives(BOB, server.submit(ALICE, BOB))


def test_mounts_behind_a_tmpfs_are_named_and_keep_their_files(lab: Lab) -> None:
    """Behind the image's links a start once emptied them. test_moved.py has the places that are mounted."""
    hosts = lab.folder({"mine.conf": "x = 1;\n"})
    options = ("-v", f"{hosts}:/etc/rspamd/override.d", "--tmpfs", "/run/mailwright")
    log = refusal(lab, {"postfix-accounts.cf": "nonsense\n"}, {}, *options)
    assert "volumes: /etc/rspamd/override.d is mounted, but this image does not read files there" in log
    assert "postfix-accounts.cf:1:" in log
    assert (hosts / "mine.conf").read_text() == "x = 1;\n"
