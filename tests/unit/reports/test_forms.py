"""The forms of a report. What strangers choose neither steers a terminal, nor begins a line, nor becomes HTML."""

from __future__ import annotations

from email import message_from_bytes
from html.parser import HTMLParser

import pytest

from mailwright.formats.mail_log import Event
from mailwright.reports.html import html
from mailwright.reports.mailing import message
from mailwright.reports.report import Report, as_values
from mailwright.reports.sections import sections
from mailwright.reports.summary import Summary
from mailwright.reports.text import bar, columns, text

WHEN = "2026-11-27T14:11:56.0+00:00"
EVIL = "\x1b[31m\x07\r\nForged  9\u2028\u202e\x9b<script>alert(1)</script>&\"'@o.test"


def report(*events: Event) -> Report:
    summary = Summary()
    for event in events:
        summary.add(event)
    return Report("mail.example.com", 1_800_000_000, 1_800_086_400, summary, {"mails": 0, "oldest_seconds": 0})


@pytest.fixture
def evil() -> Report:
    """Every name and text is EVIL."""
    return report(
        Event(WHEN, "client", "p", "A", text="received"),
        Event(WHEN, "queued", "p", "A", EVIL, size=7),
        Event(WHEN, "sent", "postfix/smtp[1]", "A", EVIL, "r", "250", delay=1),
        Event(WHEN, "deferred", "postfix/smtp[1]", "A", EVIL, "r", EVIL),
        Event(WHEN, "bounced", "postfix/smtp[1]", "A", EVIL, "r", EVIL),
        Event(WHEN, "login failed", "p", address=EVIL, peer=EVIL),
        Event(WHEN, "warning", "p", text=EVIL),
        Event(WHEN, "ban", "p", peer=EVIL, text=EVIL),
        Event(WHEN, "reject", "p", peer=EVIL, text="filter"),
    )


@pytest.mark.parametrize("blocks", [True, False])
def test_text(evil: Report, blocks: bool) -> None:
    shown = text(as_values(evil), blocks=blocks)
    assert not {"\x1b", "\x07", "\r", "\u2028", "\u202e", "\x9b"} & set(shown)
    assert not [line for line in shown.splitlines() if line.startswith("Forged")]
    assert "\\x1b[31m" in shown
    assert shown.isascii() is not blocks


class Tags(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


def test_html(evil: Report) -> None:
    page = Tags(html(as_values(evil)))
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.words
    assert not {"\x1b", "\x07", "\r", "\u2028", "\u202e", "\x9b"} & set(page.words)
    assert page.tags.count("table") == page.tags.count("caption") == len(list(sections(as_values(evil))))


def test_mail(evil: Report) -> None:
    mail = message(evil, "daily", "ops@example.com", "r@example.com")
    again = message(evil, "daily", "ops@example.com", "r@example.com")
    assert mail["Message-ID"] == again["Message-ID"] == "<report.daily.1800086400@mail.example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    read = message_from_bytes(mail.as_bytes())
    assert [part.get_content_type() for part in read.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert max(map(len, mail.as_bytes().splitlines())) < 998


def test_nothing_happened() -> None:
    shown = text(as_values(report()), blocks=True)
    assert "The log has no lines about mail of this time." in shown
    assert "Refused" not in shown.splitlines()


def test_bars() -> None:
    assert [bar(value, 160, True) for value in (0, 1, 8, 12, 160)] == ["", "▏", "█", "█▌", "█" * 20]
    assert [bar(value, 160, False) for value in (0, 1, 80, 160)] == ["", "#", "#" * 10, "#" * 20]
    assert columns("日本e\u0301") == 5
