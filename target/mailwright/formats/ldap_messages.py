"""LDAP messages (RFC 4511) as bytes: enough of BER to pass them on, to answer them and to bind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

LARGEST = 64 << 20  # bytes of one message
START_TLS = b"1.3.6.1.4.1.1466.20037"


class Op(IntEnum):
    """The tag of a message's operation."""

    BIND = 0x60
    BIND_DONE = 0x61
    UNBIND = 0x42
    SEARCH = 0x63
    ENTRY = 0x64
    SEARCH_DONE = 0x65
    REFERENCE = 0x73
    ABANDON = 0x50
    EXTENDED = 0x77
    EXTENDED_DONE = 0x78


class Code(IntEnum):
    """The result codes that matter here."""

    SUCCESS = 0
    PROTOCOL_ERROR = 2
    SIZE_LIMIT_EXCEEDED = 4
    AUTH_METHOD_NOT_SUPPORTED = 7
    REFERRAL = 10
    NO_SUCH_OBJECT = 32
    INVALID_CREDENTIALS = 49
    UNAVAILABLE = 52
    UNWILLING_TO_PERFORM = 53


# Request → its answer; a request without one (unbind, abandon) is missing.
ANSWERS = {
    Op.BIND: Op.BIND_DONE, Op.SEARCH: Op.SEARCH_DONE, Op.EXTENDED: Op.EXTENDED_DONE,
    0x66: 0x67, 0x68: 0x69, 0x4A: 0x6B, 0x6C: 0x6D, 0x6E: 0x6F,
}  # fmt: skip


class NotLdapError(ValueError):
    """The bytes are not an LDAP message."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its number, its operation, and the bytes of the operation with the controls behind it."""

    number: int
    op: int
    rest: bytes

    def encoded(self, number: int) -> bytes:
        """The bytes of the message under another ``number``."""
        return tlv(0x30, integer(number) + self.rest)

    @property
    def content(self) -> bytes:
        """The content of the operation."""
        return next(elements(self.rest))[1]


class Inbox:
    """What has come over a connection: whole messages go on, the beginning of the next one waits."""

    def __init__(self) -> None:
        self.begun = bytearray()

    def messages(self, data: bytes) -> Iterator[Message]:
        """The messages that are complete with ``data``; NotLdapError if it holds something else."""
        held: bytes | bytearray = data
        if self.begun:
            self.begun += data
            held = self.begun
        at = 0
        while found := _span(held, at):
            begin, at = found
            yield message(bytes(held[begin:at]))
        self.begun = bytearray(held[at:])


def _span(held: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """Where the content of the message at ``at`` begins and ends; None if it is not complete."""
    if len(held) < at + 2:
        return None
    if held[at] != 0x30:
        raise NotLdapError("not a SEQUENCE")
    if held[at + 1] & 0x80 and len(held) < at + 2 + (held[at + 1] & 0x7F):
        return None
    size, head = length(held[at : at + 6])
    if size > LARGEST:
        raise NotLdapError("too large")
    return (at + head, at + head + size) if len(held) >= at + head + size else None


def length(head: bytes | bytearray) -> tuple[int, int]:
    """The length that ``head`` (a tag and up to 5 bytes) states, and the size of tag and length together."""
    first = head[1]
    if first < 0x80:
        return first, 2
    size = first & 0x7F
    if not 1 <= size <= 4 or len(head) < 2 + size:
        raise NotLdapError("a length of more than 4 bytes")
    return int.from_bytes(head[2 : 2 + size], "big"), 2 + size


def elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element in ``data``."""
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            raise NotLdapError("an element without a length")
        size, head = length(data[at : at + 6])
        if at + head + size > len(data):
            raise NotLdapError("an element that is cut off")
        yield data[at], data[at + head : at + head + size]
        at += head + size


def message(content: bytes) -> Message:
    """The message whose SEQUENCE holds ``content``."""
    size, head = length(content[:6]) if len(content) > 2 and content[0] == 0x02 else (0, 0)
    rest = content[head + size :]
    if not head or len(rest) < 2:
        raise NotLdapError("no message number, or no operation")
    return Message(int.from_bytes(content[head : head + size], "big", signed=True), rest[0], rest)


def tlv(tag: int, content: bytes) -> bytes:
    """``content`` with its tag and length."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes(4, "big").lstrip(b"\0")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def integer(value: int, tag: int = 0x02) -> bytes:
    """An INTEGER or ENUMERATED that is not negative."""
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def answer(number: int, op: int, code: int, text: str = "") -> bytes:
    """A message with an LDAPResult."""
    result = integer(code, 0x0A) + tlv(0x04, b"") + tlv(0x04, text.encode())
    return tlv(0x30, integer(number) + tlv(op, result))


def result(received: Message) -> tuple[int, str]:
    """Code and text of a message with an LDAPResult (RFC 4511, section 4.1.9)."""
    parts = [content for _, content in elements(received.content)]
    if len(parts) < 3:
        raise NotLdapError("a result without a code")
    return int.from_bytes(parts[0], "big"), parts[2].decode("utf-8", "replace")


def credentials(received: Message) -> tuple[bytes, bytes | None]:
    """Name and password of a bind request; None as password if it is not a simple bind."""
    parts = list(elements(received.content))
    if len(parts) < 3:
        raise NotLdapError("a bind request without a name")
    (_, _), (_, name), (kind, secret) = parts[:3]
    return name, secret if kind == 0x80 else None


def bind_request(name: bytes, password: bytes) -> bytes:
    """A simple bind, version 3."""
    return tlv(Op.BIND, integer(3) + tlv(0x04, name) + tlv(0x80, password))


def start_tls_request() -> bytes:
    """The extended request StartTLS (RFC 4511, section 4.14)."""
    return tlv(Op.EXTENDED, tlv(0x80, START_TLS))


def abandon_request(number: int) -> bytes:
    """Tells the server that nobody waits for the answer to ``number``."""
    return integer(number, Op.ABANDON)
