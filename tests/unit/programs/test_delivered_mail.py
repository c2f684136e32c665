"""A recipient is marked only if a whole file of its Maildir is this very mail."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from mailwright.formats.queue_file import QueuedMail
from mailwright.programs.delivered_mail import note
from tests import clock

DATE = clock.date()
RECEIVED = f"Received: from client.test\n\tby mail.test (Postfix) with ESMTP id ABC; {DATE}"
LMTP = f"Received: from mail.test\n\tby mail.test with LMTP id x\n\tfor <bob@a.test>; {DATE}"
MAIL = f"Return-Path: <x@y.test>\n{LMTP}\n{RECEIVED}\nSubject: hi\n\nbody\n"
SECOND = int(parsedate_to_datetime(DATE).timestamp())
BOB = "bob@a.test"


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    for name in ("new", "cur", ".Junk/new"):
        (tmp_path / "mail/a.test/bob" / name).mkdir(parents=True)
    return tmp_path / "mail"


def store(mail: Path, text: str = MAIL, second: int = SECOND, folder: str = "new", size: int = 0) -> Path:
    path = mail / "a.test/bob" / folder / f"{second}.M1P2.mail.test,S={size or len(text)},W=9"
    path.write_text(text)
    return path


def marked(mail: Path, *recipients: str, wants_report: bool = False) -> list[str]:
    """The recipients whose record is marked afterwards."""
    records, offsets = b"x", list[tuple[int, str]]()
    for recipient in recipients:
        offsets.append((len(records), recipient))
        records += b"R" + bytes([len(recipient)]) + recipient.encode()
    file = mail.parent / "ABC"
    file.write_bytes(records)
    note(QueuedMail(str(file), RECEIVED, tuple(offsets), recipients, wants_report), mail, mail.parent / "sieve")
    after = file.read_bytes()
    assert len(after) == len(records)
    return [recipient for offset, recipient in offsets if after[offset : offset + 1] == b"D"]


@pytest.mark.parametrize("folder", ["new", "cur", ".Junk/new"])
def test_a_stored_mail_is_delivered(mail: Path, folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    store(mail, folder=folder)
    assert marked(mail, BOB, "eve@a.test", "x@elsewhere.test") == [BOB]
    assert "ABC: to=<bob@a.test>, was delivered" in capsys.readouterr().out


def test_a_detail_of_the_address_is_the_same_mailbox(mail: Path) -> None:
    store(mail)
    assert marked(mail, "Bob+news@a.test") == ["Bob+news@a.test"]


def test_two_addresses_of_one_mailbox_are_left_to_postfix(mail: Path) -> None:
    store(mail)
    assert marked(mail, BOB, "bob+news@a.test") == []


def test_another_mail_is_not_this_one(mail: Path) -> None:
    store(mail, MAIL.replace("id ABC", "id ABD"))
    store(mail, MAIL.replace("client.test", "other.test"), SECOND + 1)
    assert marked(mail, BOB) == []


def test_a_mail_that_a_script_has_passed_on_is_not_this_one(mail: Path) -> None:
    store(mail, MAIL.replace(RECEIVED, f"{LMTP}\n{RECEIVED}"))
    assert marked(mail, BOB) == []


def test_a_field_in_the_body_is_not_a_header(mail: Path) -> None:
    store(mail, f"{LMTP}\n\n{RECEIVED}\n")
    assert marked(mail, BOB) == []


def test_a_part_of_a_mail_is_not_a_delivery(mail: Path) -> None:
    store(mail, MAIL, size=len(MAIL) + 1)
    assert marked(mail, BOB) == []


def test_older_files_are_not_read(mail: Path) -> None:
    store(mail, second=SECOND - 1)
    assert marked(mail, BOB) == []


def test_a_link_is_not_followed(mail: Path) -> None:
    path = store(mail)
    path.rename(mail / "elsewhere")
    path.symlink_to(mail / "elsewhere")
    assert marked(mail, BOB) == []


def test_a_script_may_do_more_than_store(mail: Path) -> None:
    store(mail)
    (mail / "a.test/bob/home").mkdir()
    (mail / "a.test/bob/home/.dovecot.sieve").symlink_to("sieve/mine.sieve")
    assert marked(mail, BOB) == []


def test_who_asked_for_reports_gets_them(mail: Path) -> None:
    store(mail)
    assert marked(mail, BOB, wants_report=True) == []


@pytest.mark.parametrize("recipient", ["../bob@a.test", "bob@..", "@a.test", ".@a.test"])
def test_an_address_is_never_another_path(mail: Path, recipient: str) -> None:
    store(mail)
    assert marked(mail, recipient) == []
