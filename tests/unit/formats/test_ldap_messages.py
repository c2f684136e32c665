"""LDAP messages as bytes (RFC 4511)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mailwright.formats import ldap_messages
from mailwright.formats.ldap_messages import Inbox, Message, NotLdapError, Op

BIND = bytes.fromhex("300c020101600702010304008000")  # anonymous, as ldapsearch -x sends it


def parsed(data: bytes) -> Message:
    [(tag, content)] = ldap_messages.elements(data)
    assert tag == 0x30
    return ldap_messages.message(content)


def test_a_message_as_clients_send_it() -> None:
    message = parsed(BIND)
    assert (message.number, message.op, ldap_messages.credentials(message)) == (1, Op.BIND, (b"", b""))
    assert message.encoded(1) == BIND
    assert message.encoded(300).startswith(bytes.fromhex("300d0202012c60"))


@given(some.integers(0, 2**31 - 1), some.binary(max_size=70_000))
def test_what_is_written_is_read(number: int, rest: bytes) -> None:
    message = parsed(Message(0, 0, ldap_messages.tlv(0x64, rest)).encoded(number))
    assert (message.number, message.op, message.content) == (number, 0x64, rest)


@given(some.integers(0, 2**31 - 1), some.sampled_from([0, 10, 32, 49, 52, 128, 4096]), some.text())
def test_a_result(number: int, code: int, text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    answer = parsed(ldap_messages.answer(number, Op.SEARCH_DONE, code, text))
    assert (answer.number, answer.op, ldap_messages.result(answer)) == (number, Op.SEARCH_DONE, (code, text))


def test_a_login() -> None:
    request = Message(0, Op.BIND, ldap_messages.bind_request(b"cn=x", "pässword".encode()))
    assert ldap_messages.credentials(request) == (b"cn=x", "pässword".encode())
    sasl = ldap_messages.tlv(
        Op.BIND, ldap_messages.integer(3) + ldap_messages.tlv(4, b"") + ldap_messages.tlv(0xA3, b"")
    )
    assert ldap_messages.credentials(Message(0, Op.BIND, sasl)) == (b"", None)


@pytest.mark.parametrize("data", ["02", "0280", "020101", "0201", "0285", "30", "040101600702", "02010160"])
def test_what_is_no_message(data: str) -> None:
    with pytest.raises(NotLdapError):
        list(ldap_messages.elements(ldap_messages.message(bytes.fromhex(data)).rest))


@given(some.binary(max_size=40))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    try:
        message = ldap_messages.message(data)
        ldap_messages.result(message)
        ldap_messages.credentials(message)
    except NotLdapError:
        pass


@given(some.lists(some.binary(max_size=300), max_size=5), some.integers(1, 50))
def test_messages_come_in_pieces_of_any_size(contents: list[bytes], size: int) -> None:
    sent = b"".join(Message(0, 0, ldap_messages.tlv(0x64, content)).encoded(7) for content in contents)
    inbox = Inbox()
    came = [one for at in range(0, len(sent), size) for one in inbox.messages(sent[at : at + size])]
    assert [one.content for one in came] == contents
    with pytest.raises(NotLdapError):
        list(inbox.messages(b"no LDAP"))
    with pytest.raises(NotLdapError):
        list(Inbox().messages(bytes.fromhex("3084ffffffff")))
