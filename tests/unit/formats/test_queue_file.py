"""What postcat prints, read: recipients with their offsets, and the Received field of the queue id."""

from __future__ import annotations

from mailwright.formats.queue_file import queued_mails
from tests import clock

DATE = clock.date()
PRINTED = f"""\
*** ENVELOPE RECORDS /q/active/E0350198DF0 ***
        0 message_size:             222             351               2               4             222               0
      169 sender: x@y.test
      231 original_recipient: a@example.com
      246 done_recipient: a@example.com
      332 recipient: b+c@example.org
      349 *** MESSAGE CONTENTS /q/active/E0350198DF0 ***
      351 Received: from client.test
      380 \tby mail.example.test (Postfix) with ESMTP
      408 \tid E0350198DF0; {DATE}
      464 Subject: hi
      470 recipient: forged@example.org
      480  *** ENVELOPE RECORDS /q/active/F ***
      573 *** HEADER EXTRACTED /q/active/E0350198DF0 ***
      593 *** MESSAGE FILE END /q/active/E0350198DF0 ***
*** ENVELOPE RECORDS /q/active/ECFB71984FC ***
      179 named_attribute: notify_flags=2
      230 recipient: a@example.com
      245 *** MESSAGE CONTENTS /q/active/ECFB71984FC ***
      247 Received: by mail.example.test id OTHER; {DATE}
      471 *** HEADER EXTRACTED /q/active/ECFB71984FC ***
"""
FIELD = f"""\
Received: from client.test
\tby mail.example.test (Postfix) with ESMTP
\tid E0350198DF0; {DATE}"""


def test_recipients_come_from_the_envelope_only() -> None:
    first, second = queued_mails(PRINTED)
    assert (first.path, first.queue_id) == ("/q/active/E0350198DF0", "E0350198DF0")
    assert first.recipients == ((332, "b+c@example.org"),)
    assert first.all_recipients == ("a@example.com", "b+c@example.org")
    assert first.received == FIELD
    assert not first.wants_report
    assert second.wants_report


def test_a_file_that_postsuper_has_renamed_has_no_field_of_its_name() -> None:
    assert [mail.received for mail in queued_mails(PRINTED)][1] == ""


def test_nothing_printed_is_no_mail() -> None:
    assert not list(queued_mails(""))
