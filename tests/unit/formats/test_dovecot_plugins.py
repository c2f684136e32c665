from __future__ import annotations

import pytest

from mailwright.formats.dovecot_plugins import missing, plugins
from tests.unit.operator import file, told

LISTING = "auth\nlib01_acl_plugin.so\nlib20_fts_plugin.so\nlib95_imap_sieve_plugin.so\nlibdcrypt_openssl.so\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail_plugins/acl = yes\n", [(1, "acl")]),
        ("protocol imap {\n  mail_plugins = acl  imap_sieve\n}\n", [(2, "acl"), (2, "imap_sieve")]),
        ("mail_plugins {\n  acl = yes\n  fts = no\n  x=yes\n}\ny = yes\n", [(2, "acl"), (4, "x")]),
        ("mail_plugins {\n}\nmail_plugins =\n", []),
        ("# mail_plugins/acl = yes\nmail_plugins/acl = no\nmail_plugins_x = yes\n", []),
        ("mail_plugins = $mail_plugins acl\n", []),  # of Dovecot 2.3, which is refused as a whole
    ],
)
def test_the_plugins_that_a_file_loads(text: str, expected: list[tuple[int, str]]) -> None:
    assert list(plugins(file(text))) == expected


def test_those_that_the_image_does_not_have() -> None:
    text = (
        "mail_plugins/fts_xapian = yes\nmail_plugins/imap_siev = yes\nmail_plugins/acl = yes\nmail_plugins/zlib = yes\n"
    )
    what = "this image does not have Dovecot's plugin"
    assert told(missing(file(text, "dovecot.cf"), LISTING)) == [
        f"dovecot.cf:1: {what} fts_xapian (hint: ENABLE_FTS=1 searches with flatcurve)",
        f"dovecot.cf:2: {what} imap_siev (did you mean imap_sieve?)",
        f"dovecot.cf:4: {what} zlib (hint: delete it)",
    ]
