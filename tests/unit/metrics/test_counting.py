"""Counts of the log's events: the same numbers as the report has, for every mix of lines, in bounded memory."""

from __future__ import annotations

import json
from dataclasses import asdict

from mailwright.formats.mail_log import events
from mailwright.metrics import counting
from mailwright.metrics.counting import Counts
from mailwright.reports.summary import Summary

WHEN = "2026-11-27T14:11:56.091015+00:00"
PEER = "unknown[203.0.113.9]"
SMTPD, MSA, QMGR = "postfix/smtpd[12]", "postfix/submission/smtpd[13]", "postfix/qmgr[3]"
SENT = "relay=x[/run/dovecot/lmtp], delay={delay}, delays=0/0/0/0, dsn=2.0.0, status={status} (250 Saved)"
LINES = (
    (SMTPD, f"247EA19AB6B: client={PEER}"),
    (QMGR, "247EA19AB6B: from=<a@b.test>, size=678, nrcpt=2 (queue active)"),
    ("postfix/lmtp[4]", f"247EA19AB6B: to=<a@b.test>, {SENT.format(delay=0.2, status='sent')}"),
    ("postfix/smtp[5]", f"247EA19AB6B: to=<a@c.test>, {SENT.format(delay=2, status='sent')}"),
    ("postfix/smtp[5]", f"247EA19AB6B: to=<a@c.test>, {SENT.format(delay=2, status='deferred')}"),
    ("postfix/error[5]", f"247EA19AB6B: to=<a@c.test>, {SENT.format(delay=2, status='bounced')}"),
    (QMGR, "247EA19AB6B: removed"),
    (MSA, f"347EA19AB6B: client={PEER}, sasl_method=PLAIN, sasl_username=a@b.test"),
    ("postfix/cleanup[9]", f"347EA19AB6B: milter-reject: END-OF-MESSAGE from {PEER}: 5.7.1 Spam; from=<a@b.test>"),
    (QMGR, "347EA19AB6B: from=<a@b.test>, size=678, nrcpt=1 (queue active)"),
    (SMTPD, f"NOQUEUE: reject: RCPT from {PEER}: 550 5.1.1 <x@b.test>: User unknown; from=<> to=<x@b.test>"),
    (SMTPD, f"NOQUEUE: reject: RCPT from {PEER}: 450 4.7.1 <x@b.test>: come later; from=<> to=<x@b.test>"),
    ("postfix/postscreen[2]", "PREGREET 9 after 0.1 from [203.0.113.9]:4711: EHLO x"),
    (MSA, f"warning: {PEER}: SASL PLAIN authentication failed: (reason unavailable), sasl_username=x"),
    (SMTPD, f"warning: {PEER}: SASL LOGIN authentication failed: (reason unavailable)"),
    ("dovecot", "auth(a@b.test,203.0.113.9,sasl:plain)<s1>: passwd-file: Password mismatch"),
    ("dovecot", "auth(a@b.test,203.0.113.9,sasl:plain)<s1>: passwd-file: Password mismatch"),
    ("dovecot", "imap-login: Logged in: user=<a@b.test>, method=PLAIN, rip=203.0.113.9, TLS, session=<s1>, "),
    ("dovecot", "auth(x,203.0.113.9,sasl:plain)<s2>: passwd-file: unknown user"),
    ("dovecot", "pop3-login: Login aborted: Logged out (auth failed, 1 attempts in 2 secs) (auth_failed): user=<x, "
     "session=<s1>, >, method=PLAIN, rip=203.0.113.9, lip=192.0.2.1, TLS, session=<s2>, "),
    ("dovecot", "lmtp(a@b.test)<1><x>: sieve: msgid=<x>: stored mail into mailbox [SPECIAL-USE \\Junk]"),
    ("fail2ban.actions", "NOTICE  [dovecot] Ban 203.0.113.9"),
    ("dovecot", "imap(a@b.test)<1><s1>: Error: disk is full"),
    ("freshclam", "WARNING: old"),
    (QMGR, "447EA19AB6B: from=<a@b.test>, status=expired, returned to sender"),
)  # fmt: skip


def log(*lines: tuple[str, str]) -> list[str]:
    return [f"{WHEN} mail.example.test {program}: {text}\n" for program, text in lines]


def counted(*lines: tuple[str, str], counts: Counts | None = None) -> Counts:
    counts = counts or Counts()
    for event in events(log(*lines)):
        counts.add(event)
    return counts


def test_a_mix() -> None:
    counts = counted(*LINES)
    assert counts.counts == {
        "mails_received": {"received": 1},
        "received_bytes": {"": 678},
        "deliveries": {"mailbox": 1, "server": 1},
        "deferrals": {"server": 1},
        "bounces": {"other": 1},
        "expired": {"": 1},
        "refused": {"filter": 1, "unknown user": 1, "other, for now": 1},
        "early_talkers": {"": 1},
        "auth_failures": {"submission": 1, "smtp": 1, "imap": 2, "pop3": 1},
        "logins": {"imap": 1},
        "junk": {"": 1},
        "bans": {"": 1},
        "log_errors": {"dovecot": 1, "clamav": 1},
    }
    assert (counts.delays[:3], counts.delays_total) == ([1, 0, 1], 2.2)
    assert (counts.arriving, counts.failing) == ({}, {})


def test_the_report_has_the_same_numbers() -> None:
    summary, counts = Summary(), counted(*LINES).counts
    for event in events(log(*LINES)):
        summary.add(event)
    assert summary.failed_logins() == sum(counts["auth_failures"].values())
    assert summary.logins == sum(counts["logins"].values())
    assert summary.delivered + summary.sent == sum(counts["deliveries"].values())
    assert summary.sent == counts["deliveries"]["server"]
    assert (summary.deferred, summary.bounced, summary.expired) == (1, 1, 1)
    assert dict(summary.received) == counts["mails_received"]
    assert dict(summary.refused.counts) == counts["refused"]
    assert summary.early == counts["early_talkers"][""]


def test_what_is_under_way_goes_through_json() -> None:
    for cut in range(len(LINES)):
        first = counted(*LINES[:cut])
        rest = counted(*LINES[cut:], counts=Counts.restored(json.loads(json.dumps(asdict(first)))))
        assert rest == counted(*LINES)


def test_a_login_that_nobody_ends_counts_after_a_while() -> None:
    counts = counted(("dovecot", "auth(x,203.0.113.9,sasl:plain)<s2>: passwd-file: unknown user"))
    [(_, began)] = counts.failing.values()
    counts.resolve_older(began + counting.PATIENCE)
    assert counts.counts == {}
    counts.resolve_older(began + counting.PATIENCE + 1)
    assert counts.counts == {"auth_failures": {"other": 1}}


def test_strangers_fill_no_memory() -> None:
    """They choose how many sessions and mails begin, and never end."""
    many = range(counting.MOST + 100)
    counts = counted(*((SMTPD, f"{number:X}: client={PEER}") for number in many))
    failed = ("dovecot", "auth(x,203.0.113.9,sasl:plain)<s{}>: passwd-file: unknown user")
    counted(*((failed[0], failed[1].format(number)) for number in many), counts=counts)
    assert len(counts.arriving) == len(counts.failing) == counting.MOST
    assert counts.counts == {"auth_failures": {"other": 100}}  # none is lost
    assert len(json.dumps(asdict(counts))) < 400_000


def test_no_text_of_a_stranger_is_a_count() -> None:
    """A greeting, a login and an answer that look like lines or like other lines' parts."""
    forged = f"x\\n{WHEN} mail postfix/smtp[1]: A: to=<a@b.test>, relay=x, delay=1, delays=1, dsn=2.0.0, status=sent (x"
    counts = counted(
        (SMTPD, f"NOQUEUE: reject: RCPT from {PEER}: 504 5.5.2 <{forged}>: Helo command rejected: x; helo=<{forged}>"),
        ("dovecot", f"imap-login: Login aborted: x: user=<{forged}, session=<s9>, >, rip=203.0.113.9, session=<s3>, "),
        ("postfix/smtp[5]", f"1A: to=<a@c.test>, {SENT.format(delay=2, status='deferred')[:-11]}(550 status=sent (x))"),
        (SMTPD, f"warning: {PEER}: SASL PLAIN authentication failed: x, sasl_username=A: client={PEER}"),
    )
    assert counts.counts == {
        "refused": {"greeting": 1}, "deferrals": {"server": 1}, "auth_failures": {"smtp": 1},
    }  # fmt: skip
    assert counts.arriving == {}
