"""Every way a mail can leave: in whose name it may speak, and with whose key it is signed."""

from __future__ import annotations

import json
import smtplib

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from mailwright.formats.dkim_keys import written
from tests.container.docker import CLIENTS, docker, until
from tests.container.lab import PASSWORD, Lab, Server, accounts, message, trusting
from tests.container.sender import hand_over, message_id

ALICE, BOB, CAROL, SCRIPT = "alice@ours.test", "bob@ours.test", "carol@other.test", "script@ours.test"
ALIASES = f"""team@ours.test {ALICE},{SCRIPT}
alice@third.test {ALICE}
away@ours.test someone@outside.test
alice+news@ours.test {BOB}
@catch.test {ALICE}
"""
SIEVE = f"""require ["enotify", "vacation", "reject", "vnd.dovecot.pipe"];
if header :is "subject" "notify foreign" {{
  notify :from "{CAROL}" :message "notify-foreign" "mailto:{BOB}";
}} elsif header :is "subject" "notify own" {{
  notify :from "team@ours.test" :message "notify-own" "mailto:{BOB}";
}} elsif header :is "subject" "notify plain" {{
  notify :message "notify-plain" "mailto:{BOB}";
}} elsif header :is "subject" "program" {{
  pipe "forward" ["-f", "{BOB}", "{BOB}"];
}} elsif header :is "subject" "vacation foreign" {{
  vacation :from "{CAROL}" :handle "foreign" "vacation-foreign";
}} elsif header :is "subject" "vacation own" {{
  vacation :from "team@ours.test" :handle "own" "vacation-own";
}} elsif header :is "subject" "redirect" {{
  redirect "{BOB}";
}} elsif header :is "subject" "reject" {{
  reject "reject-text";
}}
"""


def keys() -> dict[str, str]:
    """A key for each domain, where docker-mailserver's OpenDKIM had it."""
    key = written(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    return {f"opendkim/keys/{domain}/mail.private": key for domain in ("ours.test", "other.test", "third.test")}


def config() -> dict[str, str]:
    return keys() | {
        "postfix-accounts.cf": accounts(ALICE, BOB, CAROL, SCRIPT),
        "postfix-virtual.cf": ALIASES,
        "postfix-regexp.cf": "/^alice-[0-9]+@ours\\.test$/ alice@ours.test\n",
        f"{SCRIPT}.dovecot.sieve": SIEVE,
        "sieve-pipe/forward": '#!/bin/sh\nexec sendmail "$@"\n',
    }


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """Three domains with keys, and a user whose Sieve script sends."""
    return lab.mailserver("who", config(), {"ENABLE_RSPAMD": "1"})


@pytest.fixture(scope="module")
def outside(lab: Lab) -> Server:
    """A server of others."""
    return lab.container("outside", image=CLIENTS, command=("sleep", "infinity"))


def domains_of_signatures(got: str) -> list[str]:
    """The domains whose keys have signed a mail."""
    unfolded = got.split("\r\n\r\n", 1)[0].replace("\r\n\t", " ").replace("\r\n ", " ")
    signatures = [line for line in unfolded.splitlines() if line.startswith("DKIM-Signature:")]
    return [line.split(" d=", 1)[1].split(";", 1)[0] for line in signatures]


def raw(*fields: str, to: str = BOB, subject: str = "hello") -> str:
    """A mail with these header fields, as they are written, instead of From."""
    made = message(ALICE, to, subject)
    del made["From"]
    return "".join(f"{field}\r\n" for field in fields) + made.as_string().replace("\n", "\r\n")


def submit(server: Server, login: str, envelope: str, text: str, *recipients: str) -> str:
    """Sends ``text`` on 587 as it is; its Message-ID."""
    with smtplib.SMTP(server.ip, 587, local_hostname="client.test", timeout=30) as client:
        client.starttls(context=trusting())
        client.login(login, PASSWORD)
        client.sendmail(envelope, recipients or [BOB], text.encode("latin-1"))
    return message_id(text)


# Submission


@pytest.mark.parametrize(
    ("envelope", "field", "domain"),
    [
        (ALICE, f"From: {ALICE}", "ours.test"),
        ("", f"From: Alice <{ALICE}>", "ours.test"),
        (ALICE, "From: alice+shop@ours.test", "ours.test"),
        (ALICE, "From: TEAM@ours.test", "ours.test"),
        ("", "From: anything@catch.test", ""),
        ("alice@third.test", "From: alice@third.test", "third.test"),
        ("", "From: alice@third.test", "third.test"),
        ("alice-42@ours.test", "From: alice-42@ours.test", "ours.test"),
        (ALICE, f'From: "boss, the (real) one" (a "comment)) <{ALICE}>'.replace("))", ")"), "ours.test"),
        (ALICE, f"From: Doe, Alice\r\n <{ALICE}>", "ours.test"),
    ],
)
def test_a_login_writes_its_own_addresses(server: Server, envelope: str, field: str, domain: str) -> None:
    got = server.receives(BOB, submit(server, ALICE, envelope, raw(field)))
    assert domains_of_signatures(got) == ([domain] if domain else [])
    if field == f"From: {envelope}":
        told = json.loads(server.run("setup", "trace", BOB, "--login", ALICE, "--from", envelope, "--json"))
        assert told["signed"] == [f"mail._domainkey.{domain}"]


@pytest.mark.parametrize(
    "fields",
    [
        (f"From: {CAROL}",),
        (f"From: {BOB}",),
        ("From: bob+alice@ours.test",),
        ("From: someone@outside.test",),
        (f"From: {ALICE}", f"From: {BOB}"),
        (f"From: {ALICE}, {BOB}",),
        (f"From: {BOB}, <{ALICE}>",),
        (f"From: team:{BOB}, {ALICE};",),
        (f"From: {ALICE}", f"Sender: {CAROL}"),
        (f"From: {ALICE}", f"Resent-From: {CAROL}"),
        ("X-First: a blank", f"From : {CAROL}"),
        (f"FROM: {ALICE}", f"From :\r\n\t{CAROL}"),
        (f'From: "bob"{ALICE}',),
        (f"From: <@ours.test:{BOB}>",),
        (f"From: {BOB.replace('@', ' @ ')}",),
        ("From: bob",),
    ],
)
@pytest.mark.parametrize("envelope", ["", ALICE])
def test_a_login_writes_no_other_address(server: Server, envelope: str, fields: tuple[str, ...]) -> None:
    with pytest.raises(smtplib.SMTPDataError, match="must be one address that you may send from") as refusal:
        submit(server, ALICE, envelope, raw(*fields))
    assert refusal.value.smtp_code == 554


def test_an_alias_with_an_extension_is_only_itself(server: Server) -> None:
    own = "alice+news@ours.test"
    assert domains_of_signatures(server.receives(BOB, submit(server, BOB, own, raw(f"From: {own}")))) == ["ours.test"]
    with pytest.raises(smtplib.SMTPDataError, match="must be one address that you may send from"):
        submit(server, BOB, own, raw(f"From: {ALICE}"))


def test_without_spoof_protection_no_other_domain_signs(lab: Lab) -> None:
    server = lab.mailserver("free", config(), {"ENABLE_RSPAMD": "1", "SPOOF_PROTECTION": "0"})
    signed = {
        "ours.test": (ALICE, "noreply@ours.test"),
        "third.test": (ALICE, "noreply@third.test"),
        "": (ALICE, CAROL),
    }
    for domain, (login, sender) in signed.items():
        for envelope in (sender, ""):
            got = server.receives(BOB, submit(server, login, envelope, raw(f"From: {sender}")))
            assert domains_of_signatures(got) == ([domain] if domain else []), (sender, envelope)
    lab.forget(server)


# Sieve


def triggered(server: Server, subject: str, sender: str = BOB) -> str:
    """A mail of bob's to the user whose script does what ``subject`` says; its Message-ID."""
    sent = submit(server, BOB, sender, raw(f"From: {BOB}", to=SCRIPT, subject=subject), SCRIPT)
    server.sees(f"sieve: msgid={sent}")
    return sent


def arrived(server: Server, text: str) -> str:
    """Bob's mail with ``text``, waited for."""
    return until(text, lambda: next((got for got in server.mails(BOB) if text in got), ""))


@pytest.mark.parametrize("kind", ["notify", "vacation"])
def test_a_script_writes_its_users_addresses(server: Server, kind: str) -> None:
    triggered(server, f"{kind} own")
    got = arrived(server, f"{kind}-own")
    assert "From: <team@ours.test>" in got or "From: team@ours.test" in got
    assert domains_of_signatures(got) == ["ours.test"]


def test_a_notification_without_an_author_is_its_users(server: Server) -> None:
    triggered(server, "notify plain")
    got = arrived(server, "notify-plain")
    assert f"From: <{SCRIPT}>" in got
    assert domains_of_signatures(got) == ["ours.test"]


@pytest.mark.parametrize("subject", ["notify foreign", "vacation foreign"])
def test_a_script_writes_no_other_address(server: Server, subject: str) -> None:
    sent = triggered(server, subject)
    server.receives(SCRIPT, sent)
    assert "not owned by user script@ours.test" in server.sees("script@ours.test may not send this: 553")
    assert not [got for got in server.mails(BOB) if subject.replace(" ", "-") in got]


def test_mail_that_is_passed_on_is_not_signed(server: Server, outside: Server) -> None:
    for envelope in ("", "x@outside.test"):
        text = raw(f"From: {BOB}", to=SCRIPT, subject="redirect")
        assert hand_over(outside, server, text, envelope, SCRIPT) == "250"
        got = server.receives(BOB, message_id(text))
        assert "X-Sieve-Redirected-From: script@ours.test" in got
        assert domains_of_signatures(got) == []
    sent = triggered(server, "redirect")
    got = server.receives(BOB, sent)
    assert domains_of_signatures(got) == ["ours.test"], "the signature of the login that sent it stays"


def test_a_rejection_is_not_signed(server: Server) -> None:
    triggered(server, "reject")
    got = arrived(server, "reject-text")
    assert "Return-Path: <>" in got
    assert domains_of_signatures(got) == []


def test_only_dovecot_reaches_the_services_of_sieve(server: Server) -> None:
    tried = "import socket; socket.socket(socket.AF_UNIX).connect('/var/mail-state/spool-postfix/public/sieve-own')"
    said = docker("exec", "-u", "_rspamd", server.name, "sh", "-c", f'python3 -c "{tried}" 2>&1', check=False)
    assert "PermissionError" in said


# This server itself, and its operator


def test_a_program_of_the_container(server: Server) -> None:
    for envelope, domains in ((ALICE, ["ours.test"]), ("", [])):
        text = raw(f"From: {ALICE}")
        server.run("sendmail", "-f", envelope, BOB, text=text.replace("\r", ""))
        assert domains_of_signatures(server.receives(BOB, message_id(text))) == domains


def test_mail_that_a_program_passes_on_is_not_signed(server: Server, outside: Server) -> None:
    text = raw(f"From: {BOB}", to=SCRIPT, subject="program")
    assert hand_over(outside, server, text, "x@outside.test", SCRIPT) == "250"
    assert domains_of_signatures(server.receives(BOB, message_id(text))) == []


def test_a_bounce_is_not_signed(server: Server) -> None:
    sent = submit(server, ALICE, ALICE, raw(f"From: {ALICE}"), "x@nowhere.invalid")
    got = server.receives(ALICE, sent)
    assert "MAILER-DAEMON" in got
    assert domains_of_signatures(got) == []


def test_mail_for_an_alias_elsewhere_is_not_signed(server: Server, outside: Server) -> None:
    text = raw(f"From: {BOB}", to="away@ours.test")
    assert hand_over(outside, server, text, "", "away@ours.test") == "250"
    line = server.sees(f"message-id={message_id(text)}")
    queued = line.split("]: ", 1)[1].split(":", 1)[0]
    kept = until("the queued mail", lambda: server.run("postcat", "-h", "-q", queued, check=False))
    assert domains_of_signatures(kept.replace("\r", "").replace("\n", "\r\n")) == []
    assert "ARC-Seal" in kept


def test_a_restricted_users_script_sends_nothing(server: Server, outside: Server) -> None:
    assert server.config
    server.run("setup", "email", "restrict", "add", "send", SCRIPT)
    table = ("postmap", "-q", SCRIPT, "lmdb:/etc/postfix/send_access")
    until("the restriction", lambda: "REJECT" in server.run(*table, check=False))
    text = raw("From: x@outside.test", to=SCRIPT, subject="redirect")
    assert hand_over(outside, server, text, "x@outside.test", SCRIPT) == "250"
    server.receives(SCRIPT, message_id(text))
    assert "Access denied" in server.sees(f"{SCRIPT} may not send this: 554")
    assert message_id(text) not in "".join(server.mails(BOB))
    server.run("setup", "email", "restrict", "del", "send", SCRIPT)
    until("no restriction", lambda: "REJECT" not in server.run(*table, check=False))
