from __future__ import annotations

import pytest

from mailwright.core.textfile import TextFile
from mailwright.formats import dovecot_folders

SENT = 'namespace inbox {\n  mailbox "Sent Items" {\n    auto = subscribe\n    special_use = "\\\\Sent"\n  }\n}\n'
TWO = "mailbox A {\n  special_use = \\Junk\n}\nmailbox B {\n  special_use = \\Junk \\Trash\n}\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("mailbox Spam {\n  special_use = \\Junk # old name\n}\n", {"Junk": "Spam"}),
        (SENT, {"Sent": "Sent Items"}),
        (TWO, {"Junk": "A", "Trash": "B"}),
        ("mailbox Spam {\n}\nspecial_use = \\Junk\n", {}),
        ("#mailbox Spam {\nspecial_use = \\Junk\n", {}),
    ],
)
def test_special_uses(text: str, found: dict[str, str]) -> None:
    assert dovecot_folders.special_uses(TextFile("dovecot.cf", text)) == found


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("", ""),
        ("namespace inbox {\n  separator = .\n  prefix = INBOX.\n}\n", "INBOX."),
        ('namespace inbox {\n  mailbox Spam {\n  }\n  prefix = "INBOX/"\n}\n', "INBOX/"),
        ("namespace shared {\n  prefix = shared/\n}\nprefix = a\n", ""),
    ],
)
def test_prefix(text: str, prefix: str) -> None:
    assert dovecot_folders.prefix(TextFile("dovecot.cf", text)) == prefix
