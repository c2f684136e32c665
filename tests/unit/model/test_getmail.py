from __future__ import annotations

import pytest

from mailwright.render.tree import render
from tests.unit.operator import ACCOUNTS, mailserver, refused

RC = """[retriever]
type = SimpleIMAPSSLRetriever
server = imap.example.net
username = bob
password = secret
[destination]
type = MDA_external
path = /usr/lib/dovecot/deliver
allow_root_commands = true
arguments =("-d","bob@example.com")
"""
ON = {"ENABLE_GETMAIL": "1"}


def about(config: dict[str, str], **environ: str) -> list[str]:
    """What is said about fetching."""
    return [line for line in refused(ACCOUNTS | config, **environ) if "getmail" in line.lower()]


@pytest.mark.parametrize(
    ("config", "environ", "said"),
    [
        ({}, {}, []),
        ({"getmail-bob.cf": RC}, ON, []),
        ({"getmail/bob.cf": RC}, ON, []),
        ({"getmail-bob.cf": RC}, {}, ["warning: getmail-bob.cf: has no effect without ENABLE_GETMAIL=1"]),
        ({}, {"GETMAIL_POLL": "5"}, []),
        ({}, {"GETMAIL_POLL": "0"}, ["environment: GETMAIL_POLL: '0' is not a whole number from 1",
         "warning: environment: GETMAIL_POLL: has no effect without ENABLE_GETMAIL=1"]),
        ({}, {"GETMAIL_PARALLEL": "1"},
         ["warning: environment: GETMAIL_PARALLEL: has no effect without ENABLE_GETMAIL=1"]),
        ({"getmail/getmailrc_general.cf": "[options]\n"}, ON,
         ["environment: ENABLE_GETMAIL: needs a file getmail/NAME.cf in the config folder for each mailbox elsewhere;"
          " there is none (hint: write one, or set ENABLE_GETMAIL=0)"]),
        ({"getmail-bob.cf": RC, "getmail/bob.cf": RC}, ON,
         ["getmail/bob.cf: has the same name as getmail-bob.cf (hint: rename one of them)"]),
        ({"getmail-bob.cf": RC}, ON | {"SMTP_ONLY": "1"},
         ["warning: environment: ENABLE_GETMAIL: SMTP_ONLY runs no Dovecot, so there are no mailboxes;"
          " it has no effect"]),
        ({"getmail-bob.cf": RC, "getmail/getmailrc_general.cf": "[options]\n[retriever]\npassword = x\n"}, ON,
         ["getmail/getmailrc_general.cf:2: [retriever] is not read here: this file has [options] only"]),
    ],
)  # fmt: skip
def test_settings_and_files(config: dict[str, str], environ: dict[str, str], said: list[str]) -> None:
    assert about(config, **environ) == said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("IMAPSSL", "IMAP", "warning: getmail-bob.cf:2: SimpleIMAPRetriever: password and mail cross the network"
         " without encryption (hint: SimpleIMAPSSLRetriever)"),
        ("type = SimpleIMAPSSLRetriever\n", "", "getmail-bob.cf:1: [retriever] has no type"
         " (hint: type = SimpleIMAPSSLRetriever)"),
        ("password = secret\n", "", "getmail-bob.cf:1: [retriever] has no password"
         " (hint: password, or password_command)"),
        ("password = secret", "password = secret\nca_certs =", "warning: getmail-bob.cf:6: the server's certificate is"
         " not verified: anybody on the way can read password and mail (hint: ca_certs = FILE, or ssl_fingerprints)"),
        ("MDA_external", "Maildir", "getmail-bob.cf:7: [destination] would deliver past the filter"),
        ("type = MDA_external\n", "", "getmail-bob.cf:6: [destination] has no type"),
        ("/usr/lib/dovecot/deliver", "/usr/sbin/sendmail", "getmail-bob.cf:8: [destination] delivers with another"
         " program, and thus past the filter"),
        ('("-d"', '("-m", "Old", "-d"', "warning: getmail-bob.cf:10: -m has no effect: filter and Sieve say in which"
         " folder a mail is put"),
        ("[destination]", "[other]", "getmail-bob.cf: has no [destination]"),
        ("[destination]", "[options]\nmessage_log = /x\n[destination]", "warning: getmail-bob.cf:7: message_log has no"
         " effect: getmail writes to the mail log"),
    ],
)  # fmt: skip
def test_mistakes(old: str, new: str, said: str) -> None:
    lines = about({"getmail-bob.cf": RC.replace(old, new)}, **ON)
    assert len(lines) == 1
    assert lines[0].startswith(said)


def rendered(text: str, general: str = "", **environ: str) -> str:
    """The file that getmail reads."""
    config = {"getmail-bob.cf": text} | ({"getmail/getmailrc_general.cf": general} if general else {})
    return render(mailserver(ACCOUNTS | config, **ON | environ))["getmail/bob.rc"].content


def test_mail_goes_through_the_filter_and_the_certificate_is_verified() -> None:
    text = rendered(RC.replace("allow_root", "user = docker\nallow_root"))
    assert "path = /usr/lib/mailwright/fetched-mail\n" in text
    assert "user = docker" not in text
    assert "ca_certs = /etc/ssl/certs/ca-certificates.crt\n" in text


@pytest.mark.parametrize("line", ["ssl_fingerprints = ('ab',)", "ca_certs ="])
def test_the_operators_way_of_verifying(line: str) -> None:
    assert "ca-certificates.crt" not in rendered(RC.replace("[destination]", f"{line}\n[destination]"))


def test_options() -> None:
    text = rendered(RC + "[options]\ndelete = true\nmessage_log_syslog = false\n")
    assert {"delete = true", "read_all = false", "max_message_size = 10240000", "message_log_syslog = true"} <= set(
        text.splitlines()
    )
    general = rendered(RC, "[options]\ndelete_after = 9\nmax_message_size = 5\n", POSTFIX_MESSAGE_SIZE_LIMIT="0")
    assert "delete_after = 9\nmessage_log_syslog" in general.replace("max_message_size = 5\n", "")
    assert "read_all" not in general


def test_only_getmail_may_read_it() -> None:
    tree = render(mailserver(ACCOUNTS | {"getmail-bob.cf": RC}, **ON))
    file = tree["getmail/bob.rc"]
    assert (file.mode, file.owner, file.secret) == (0o400, "getmail:root", True)
    assert "secret" not in repr(mailserver(ACCOUNTS | {"getmail-bob.cf": RC}, **ON).getmail)


def test_a_way_to_several_destinations() -> None:
    text = RC.replace("[destination]", "[destination]\ntype = MultiDestination\ndestinations = ('[bob]',)\n[bob]")
    assert not about({"getmail-bob.cf": text}, **ON)
    [line] = about({"getmail-bob.cf": text.replace("MDA_external", "Mboxrd")}, **ON)
    assert line.startswith("getmail-bob.cf:10: [bob] would deliver past the filter")
