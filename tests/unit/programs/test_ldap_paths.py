"""Attributes of a directory that say where mail is."""

from __future__ import annotations

import pytest

from mailwright.formats.ldap_messages import Op, tlv
from mailwright.programs.ldap_paths import leading_out


def entry(**attributes: str) -> bytes:
    """A SearchResultEntry."""
    parts = (
        tlv(0x30, tlv(0x04, name.encode()) + tlv(0x31, tlv(0x04, value.encode()))) for name, value in attributes.items()
    )
    return tlv(Op.ENTRY, tlv(0x04, b"uid=x") + tlv(0x30, b"".join(parts)))


@pytest.mark.parametrize("path", ["/var/mail/example.test/x", "/var/mail/x", "~/Mail", "/var/mail/a..b/.c"])
def test_a_path_below_the_mail_folder(path: str) -> None:
    assert leading_out([entry(mailHomeDirectory=path, mail="../x")], {"mailhomedirectory": True}) == ""


@pytest.mark.parametrize(
    "path",
    ["/etc/x", "/var/mail", "/var/mail/", "/var/mail//", "/var/mailx/y", "/var/mail/../../tmp/x", "/var/mail/x/..",
     "../x", "x", "~", "~/", "~/../bob", "~bob/x", "maildir:/var/mail/x", "/var/mail/%{env:X}"],
)  # fmt: skip
def test_a_path_that_leads_elsewhere(path: str) -> None:
    entries = [entry(mailHomeDirectory="/var/mail/x"), entry(mail="x@y", mailHomeDirectory=path)]
    told = f"uid=x has mailHomeDirectory {path!r}, which does not lead to a place in /var/mail"
    assert leading_out(entries, {"mailhomedirectory": True}) == told


@pytest.mark.parametrize(("part", "inside"), [("box7", True), ("a/b", True), ("../b", False), ("..", False)])
def test_a_part_of_a_path(part: str, inside: bool) -> None:
    assert (leading_out([entry(uid=part)], {"uid": False}) == "") is inside


def test_without_such_attributes_nothing_is_read() -> None:
    assert leading_out([b"no entry"], {}) == ""
