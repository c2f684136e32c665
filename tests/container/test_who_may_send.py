"""Every way a mail can leave: in whose name it may speak, and with whose key it is signed."""

from __future__ import annotations

import smtplib

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from mailwright.formats.dkim_keys import written
from tests.container.docker import CLIENTS, docker, until
from tests.container.lab import PASSWORD, Lab, Server, accounts, message, trusting
from tests.container.sender import hand_over, message_id

ALICE, BOB, CAROL, SCRIPT = "alice@ours.test", "bob@ours.test", "carol@other.test", "script@ours.test"
ALIASES = f"team@ours.test {ALICE},{SCRIPT}\nalice@third.test {ALICE}\n@catch.test {ALICE}\n"
SIEVE = f"""require ["enotify", "vacation", "reject", "copy"];
if header :is "subject" "notify foreign" {{
  notify :from "{CAROL}" :message "notify-foreign" "mailto:{BOB}";
}} elsif header :is "subject" "notify own" {{
  notify :from "team@ours.test" :message "notify-own" "mailto:{BOB}";
}} elsif header :is "subject" "vacation foreign" {{
  vacation :from "{CAROL}" :handle "foreign" "vacation-foreign";
}} elsif header :is "subject" "vacation own" {{
  vacation :from "team@ours.test" :handle "own" "vacation-own";
}} elsif header :is "subject" "redirect" {{
  redirect :copy "{BOB}";
}} elsif header :is "subject" "reject" {{
  reject "reject-text";
}}
"""
OURS = "mail.who.test"


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


# Strangers

GOOD = [
    "From: x@outside.test",
    "From: X <x@Outside.Test>",
    'From: "Doe: John, (CEO)" <x@outside.test>',
    "From: Doe, John <x@outside.test>",
    "From: =?utf-8?q?J=C3=BCrgen?= <x@outside.test>",
    "From: J\u00fcrgen <x@outside.test>",
    "From: x@outside.test (X)",
    "from:x@outside.test",
    "From:\r\n X\r\n <x@outside.test>",
    # Postfix gives Rspamd the name without the blank, so the policy of the domain applies.
    "X-First: field\r\nFrom : x@outside.test",
]
BAD = [
    "From: CEO <ceo@bank .test>",
    "From: CEO <ceo@bank\r\n .test>",
    "From: Bank:ceo@bank.test;",
    "From : ceo@bank.test",  # the first line: Postfix takes it for the separator of an mbox
    "X-Nothing: none",
    "From: ceo@bank.test, x@outside.test",
    "From: ceo@bank.test\r\nFrom: x@outside.test",
    "From: ceo@bank.test\r\nFrom : x@outside.test",
    "From: <ceo@bank.test> <x@outside.test>",
    "From: ceo@bank.test, <x@outside.test>",
    "From: <ceo(c)@bank.test>",
    "From: <>",
    "From: CEO",
    "From: ",
    "From: =?utf-8?q?ceo=40bank.test?=",
    "From: ceo@b\u00e4nk.test",
    "From: <@a.test:ceo@bank.test>",
    'From: "ceo" @bank.test',
    "From: ceo@bank.test.",
]


def test_a_stranger_has_exactly_one_address(server: Server, outside: Server) -> None:
    sent = {(field, folder): raw(field) for fields, folder in ((GOOD, "INBOX"), (BAD, "Junk")) for field in fields}
    for text in sent.values():
        assert hand_over(outside, server, text, "x@outside.test", BOB) == "250"
    folders = mails_when_all_came(server, [message_id(text) for text in sent.values()])
    assert [(field, folder) for (field, folder), text in sent.items() if message_id(text) not in folders[folder]] == []


def mails_when_all_came(server: Server, ids: list[str]) -> dict[str, str]:
    """Bob's mails by folder, once all of ``ids`` have come."""

    def folders() -> dict[str, str]:
        got = {folder: "".join(server.mails(BOB, folder)) for folder in ("INBOX", "Junk")}
        return got if all(it in got["INBOX"] + got["Junk"] for it in ids) else {}

    return until("all mails", folders)


RESULTS = [
    f"Authentication-Results: {OURS}; dmarc=forged1",
    f"authentication-results : {OURS.upper()} 1; dmarc=forged2",
    f'Authentication-Results: (a (b) "c) "{OURS}" (d); dmarc=forged3'.replace('"c', "c"),
    f"Authentication-Results:\r\n\t{OURS}\r\n\t; dmarc=forged4",
    f"ARC-Authentication-Results: i=1; {OURS}; dmarc=forged5",
    f"ARC-Authentication-Results: i=1; (x;) {OURS} 1; dmarc=forged6",
]
THEIRS = "Authentication-Results: mx.theirs.test; spf=pass smtp.mailfrom=theirs"


@pytest.mark.parametrize("claim", RESULTS)
def test_nobody_else_writes_our_results(server: Server, outside: Server, claim: str) -> None:
    text = raw(THEIRS, claim, "From: x@outside.test")
    assert hand_over(outside, server, text, "x@outside.test", BOB) == "250"
    from_login = submit(server, ALICE, ALICE, raw(claim, THEIRS, f"From: {ALICE}"))
    for name in (message_id(text), from_login):
        got = server.receives(BOB, name)
        assert [line for line in got.splitlines() if "forged" in line] == []
        assert THEIRS in got
    assert f"Authentication-Results: {OURS};" in server.receives(BOB, message_id(text))


def test_many_claims_are_all_removed(server: Server, outside: Server) -> None:
    text = raw(*RESULTS, THEIRS, "From: x@outside.test", *RESULTS)
    assert hand_over(outside, server, text, "x@outside.test", BOB) == "250"
    assert "forged" not in server.receives(BOB, message_id(text))
