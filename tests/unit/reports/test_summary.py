from __future__ import annotations

from collections import Counter

import pytest

from mailwright.formats.mail_log import Event, events
from mailwright.reports.counting import Recent, Top, quantile
from mailwright.reports.summary import Summary, alike, reason


def summary(*lines: str) -> Summary:
    """The summary of lines of Postfix, each ``daemon: text``."""
    found = Summary()
    for event in events(f"2026-11-27T14:11:56.0+00:00 h postfix/{line.replace(':', '[7]:', 1)}\n" for line in lines):
        found.add(event)
    return found


QUEUED = "qmgr: A1: from=<Dave@Outside.test>, size=500, nrcpt=1 (queue active)"
CLIENT = "smtpd: A1: client=x[192.0.2.1]"
SENT = "status=sent (250 ok)"


def delivery(daemon: str, status: str, relay: str = "m.test[192.0.2.7]:25") -> str:
    return f"{daemon}: A1: to=<a@b.test>, relay={relay}, delay=1.5, delays=0/0/1/0.5, dsn=2.0.0, {status}"


def test_a_mail_counts_once_though_it_is_tried_twice() -> None:
    found = summary(CLIENT, QUEUED, delivery("smtp", "status=deferred (later)"), QUEUED, delivery("smtp", SENT))
    assert found.received == Counter(received=1)
    assert (found.deferred, found.sent, found.delivered, found.bytes_received) == (1, 1, 0, 500)
    assert found.senders.first(9) == [("dave@outside.test", 1)]
    assert found.hours_received == Counter({14: 1})


def test_a_mail_that_the_filter_refuses_was_not_received() -> None:
    found = summary(CLIENT, "cleanup: A1: milter-reject: END-OF-MESSAGE from x[192.0.2.1]: 5.7.1 spam; from=<a@b>")
    assert not found.received
    assert found.refused.first(9) == [("filter", 1)]
    assert not found.arriving.values


def test_a_bounce_was_received_from_nobody() -> None:
    found = summary("qmgr: B2: from=<>, size=9, nrcpt=1 (queue active)", delivery("lmtp", SENT))
    assert not found.received
    assert found.delivered == 1


def test_a_mail_of_yesterday_that_is_tried_today_was_not_received_today() -> None:
    assert not summary(QUEUED).received


def test_tls_of_each_connection() -> None:
    tls = "smtpd: Anonymous TLS connection established from x[192.0.2.1]: TLSv1.3 with"
    found = summary("smtpd: connect from x[192.0.2.1]", tls, CLIENT, QUEUED)
    assert found.encrypted["received"] == 1
    found = summary("smtpd: connect from x[192.0.2.1]", tls, "smtpd: connect from y[192.0.2.2]", CLIENT, QUEUED)
    assert found.encrypted["received"] == 0
    out = "smtp: Verified TLS connection established to m.test[192.0.2.7]:25: TLSv1.3 with"
    assert summary(out, delivery("smtp", SENT)).encrypted["sent"] == 1
    assert summary(out, delivery("smtp", SENT, "other.test[192.0.2.8]:25")).encrypted["sent"] == 0


def test_the_largest_mails() -> None:
    found = Summary()
    for size in (5, 900, 30, 7, 100, 1, 40):
        found.add(Event("2026-11-27T14:11:56+00:00", "client", "p", "A", text="local"))
        found.add(Event("2026-11-27T14:11:56+00:00", "queued", "p", "A", f"{size}@x.test", size=size))
    assert [size for size, _, _ in sorted(found.largest, reverse=True)] == [900, 100, 40, 30, 7]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "host mx.o.test[192.0.2.7] said: 550 5.1.1 <x@o.test>: User unknown (in reply to RCPT TO command)",
            "550 <…>: User unknown",
        ),
        ("connect to mx.o.test[192.0.2.7]:25: Connection refused", "connect to …: Connection refused"),
        ("connect to mx.o.test[2001:db8::7]:25: Connection timed out", "connect to …: Connection timed out"),
    ],
)
def test_reasons_that_are_alike_count_together(text: str, expected: str) -> None:
    assert reason(text) == expected


def test_a_long_text_is_cut() -> None:
    assert len(alike("x" * 100_000)) < 200


def test_names_are_bounded() -> None:
    top: Top = Top(10)
    for number in range(1000):
        top.add("often")
        top.add(str(number))
    assert len(top.counts) <= 10
    assert top.first(1) == [("often", 1000)]
    recent: Recent[int] = Recent(10)
    for number in range(100):
        recent.put(str(number), number)
    assert list(recent.values) == [str(number) for number in range(90, 100)]


def test_quantiles() -> None:
    counts = Counter({0.1: 50, 2.0: 40, 30.0: 9, 400.0: 1})
    assert [quantile(counts, share) for share in (0.5, 0.9, 0.99, 1.0)] == [0.1, 2.0, 30.0, 400.0]
    assert quantile(Counter(), 0.5) is None
