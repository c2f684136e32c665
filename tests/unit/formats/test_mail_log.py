from __future__ import annotations

import pytest

from mailwright.formats.mail_log import Event, events

WHEN = "2026-11-27T14:11:56.091015+00:00"
PEER = "unknown[203.0.113.9]"


def parsed(program: str, text: str) -> Event | None:
    """The event of the only line."""
    return next(events([f"{WHEN} mail.example.test {program}[12]: {text}\n"]), None)


def kind(program: str, text: str) -> tuple[str, str] | None:
    event = parsed(program, text)
    return (event.kind, event.text) if event else None


def test_the_way_of_a_mail() -> None:
    client = parsed(
        "postfix/submission/smtpd", f"247EA19AB6B: client={PEER}, sasl_method=PLAIN, sasl_username=a@b.test"
    )
    assert client == Event(
        WHEN, "client", "postfix/submission/smtpd[12]", "247EA19AB6B", peer="203.0.113.9", text="submitted"
    )
    assert kind("postfix/smtpd", f"247EA19AB6B: client={PEER}") == ("client", "received")
    assert kind("postfix/pickup", "1CC6E19A732: uid=0 from=<root@mail.example.test>") == ("client", "local")
    queued = parsed("postfix/qmgr", "247EA19AB6B: from=<a@b.test>, size=678, nrcpt=1 (queue active)")
    assert queued == Event(WHEN, "queued", "postfix/qmgr[12]", "247EA19AB6B", "a@b.test", size=678)
    sent = parsed(
        "postfix/lmtp",
        "247EA19AB6B: to=<a@b.test>, orig_to=<c@b.test>, relay=mail.b.test[/run/dovecot/lmtp], conn_use=2, delay=0.12, "
        "delays=0.07/0.01/0.03/0.01, dsn=2.0.0, status=sent (250 2.0.0 <a@b.test> p0j Saved)",
    )
    assert sent
    assert (sent.kind, sent.address, sent.delay, sent.text) == (
        "sent",
        "a@b.test",
        0.12,
        "250 2.0.0 <a@b.test> p0j Saved",
    )
    assert kind("postfix/qmgr", "247EA19AB6B: removed") == ("removed", "")
    assert kind("postfix/qmgr", "247EA19AB6B: from=<a@b.test>, status=expired, returned to sender") == ("expired", "")


@pytest.mark.parametrize(
    ("program", "said", "reason"),
    [
        (
            "smtpd",
            "550 5.1.1 <x@b.test>: Recipient address rejected: User unknown in virtual mailbox table",
            "unknown user",
        ),
        ("smtpd", "554 5.7.1 <x@c.test>: Relay access denied", "relay denied"),
        ("smtpd", "450 4.1.8 <x@c.test>: Sender address rejected: Domain not found", "unknown domain"),
        ("smtpd", "553 5.7.1 <x@c.test>: Sender address rejected: not owned by user a@b.test", "sender not allowed"),
        ("smtpd", "504 5.5.2 <x>: Helo command rejected: need fully-qualified hostname", "greeting"),
        ("smtpd", "552 5.2.2 <a@b.test>: Recipient address rejected: Mailbox is full / Quota exceeded", "mailbox full"),
        ("smtpd", "450 4.7.1 <a@b.test>: Recipient address rejected: later", "other, for now"),
        ("smtpd", "550 5.7.1 <a@b.test>: Recipient address rejected: never", "other"),
        (
            "postscreen",
            "550 5.7.1 Service unavailable; client [203.0.113.9] blocked using bl.test",
            "block list",
        ),
        ("postscreen", "550 5.5.1 Protocol error", "spoke too early"),
    ],
)
def test_why_a_mail_was_refused(program: str, said: str, reason: str) -> None:
    peer = "[203.0.113.9]:3405" if program == "postscreen" else PEER
    event = parsed(
        f"postfix/{program}", f"NOQUEUE: reject: RCPT from {peer}: {said}; from=<e@o.test> to=<a@b.test> proto=ESMTP"
    )
    assert event
    assert (event.kind, event.text, event.peer, event.queue_id) == ("reject", reason, "203.0.113.9", "")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("5.7.1 Gtube pattern", "filter"),
        ("4.7.1 Try again later", "greylisted"),
        ("4.7.1 Ratelimit \"user\" exceeded", "rate limit"),
        ('5.7.1 clamav: virus found: "Eicar-Test-Signature"', "virus"),
    ],
)  # fmt: skip
def test_what_the_filter_refused(said: str, reason: str) -> None:
    text = f"8BADB19A05A: milter-reject: END-OF-MESSAGE from {PEER}: {said}; from=<e@o.test> to=<a@b.test>"
    event = parsed("postfix/cleanup", text)
    assert event
    assert (event.kind, event.text, event.queue_id) == ("reject", reason, "8BADB19A05A")


def test_clients_and_logins() -> None:
    assert kind("postfix/smtpd", f"connect from {PEER}") == ("connect", "")
    assert kind("postfix/smtpd", f"Anonymous TLS connection established from {PEER}: TLSv1.3 with cipher X") == (
        "tls",
        "",
    )
    assert kind("postfix/postscreen", "PREGREET 8 after 0 from [203.0.113.9]:54180: EHLO x\\r\\n") == ("early", "")
    pipelining = f"improper command pipelining after EHLO from {PEER}: MAIL FROM:<x@outside.test>\\r\\n"
    assert kind("postfix/smtpd", pipelining) == ("early", "")
    rate = "warning: Connection rate limit exceeded: 31 from unknown[203.0.113.9] for service smtp"
    assert kind("postfix/smtpd", rate) == ("reject", "rate limit")
    failed = parsed(
        "postfix/submission/smtpd",
        f"warning: {PEER}: SASL PLAIN authentication failed: (reason unavailable), sasl_username=ghost@b.test",
    )
    assert failed
    assert (failed.kind, failed.address, failed.peer) == ("login failed", "ghost@b.test", "203.0.113.9")


def dovecot(text: str) -> Event | None:
    return next(events([f"{WHEN} mail.example.test dovecot: {text}\n"]), None)


def test_lines_of_dovecot() -> None:
    failed = dovecot("auth(a@b.test,203.0.113.9,sasl:plain)<w1KmpEJhQqoKdXwB>: passwd-file: Password mismatch")
    assert failed
    assert (failed.kind, failed.address, failed.peer) == ("login failed", "a@b.test", "203.0.113.9")
    # Postfix logs the same login of SMTP.
    assert dovecot("auth(a@b.test,203.0.113.9,sasl:plain): passwd-file: unknown user") is None
    assert dovecot("auth(x,203.0.113.9,sasl:plain)<s>: health: unknown user") is None
    login = dovecot("imap-login: Logged in: user=<a@b.test>, method=PLAIN, rip=203.0.113.9")
    assert login
    assert (login.kind, login.address) == ("login", "a@b.test")
    for place in ("[SPECIAL-USE \\Junk]", "'INBOX/Junk'", "'Spam'"):
        junk = dovecot(
            f"lmtp(a@b.test)<9><x>: sieve: msgid=<1@c.test>: fileinto action: stored mail into mailbox {place}"
        )
        assert junk
        assert junk.kind == "junk"
    bad = dovecot("lmtp(a@b.test)<9><x>: Error: cannot write")
    assert bad
    assert (bad.kind, bad.text) == ("warning", "cannot write")
    assert not dovecot("master: Warning: SIGHUP received - reloading configuration")


def test_lines_of_others() -> None:
    assert kind("fail2ban.actions", "NOTICE [custom] Ban 192.0.2.1") == ("ban", "custom")
    assert kind("fail2ban.actions", "NOTICE [custom] Restore Ban 192.0.2.1") is None
    assert kind("fail2ban.jail", "WARNING no log") == ("warning", "no log")
    assert kind("postfix/master", "warning: process smtpd pid 7 killed") == ("warning", "process smtpd pid 7 killed")
    assert kind("careless", "status=sent") is None
    assert list(events(["", "no line\n", "Nov 27 14:11:56 host postfix/qmgr[1]: A1: removed\n"])) == []


@pytest.mark.parametrize("name", ["postfix/srs/smtp", "postfix/srs/smtpd", "postfix/srs/cleanup"])
def test_the_way_through_srs_does_not_count(name: str) -> None:
    assert parsed(name, f"247EA19AB6B: client={PEER}") is None


def test_nobody_forges_an_event() -> None:
    """Strangers choose addresses, greetings and login names, and another server its answer."""
    forged = '"x>, relay=none, delay=1, delays=1/1/1/1, dsn=5.0.0, status=bounced (y"@o.test'
    text = f"A1: to=<{forged}>, relay=m[1.2.3.4]:25, delay=2, delays=1/1/0/0, dsn=2.0.0, status=sent (250 ok)"
    event = parsed("postfix/smtp", text)
    assert event
    assert (event.kind, event.address, event.delay) == ("sent", forged, 2.0)
    answer = (
        "A1: to=<a@b.test>, relay=m[1.2.3.4]:25, delay=2, delays=1/1/0/0, dsn=4.0.0, status=deferred (host m said: "
    )
    answer += "450 B2: to=<c@d.test>, relay=x, delay=1, delays=1/1/1/1, dsn=2.0.0, status=sent (250 ok))"
    event = parsed("postfix/smtp", answer)
    assert event
    assert (event.kind, event.address) == ("deferred", "a@b.test")
    refused = (
        f'NOQUEUE: reject: RCPT from {PEER}: 550 5.1.1 <"Relay access denied"@b.test>: Recipient address rejected: '
    )
    refused += "User unknown; from=<e@o.test> to=<a@b.test> proto=ESMTP helo=<: Relay access denied>"
    event = parsed("postfix/smtpd", refused)
    assert event
    assert event.text == "unknown user"
    assert (
        dovecot(
            "lmtp(a@b.test)<9><x>: sieve: msgid=<stored mail into mailbox 'Junk'>: stored mail into mailbox 'INBOX'"
        )
        is None
    )
