"""TLS over bytes that somebody else carries, against OpenSSL's own server side."""

from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from mailwright.host import verified_tls
from mailwright.host.tls_stream import PART, TlsStream
from tests.pki import hierarchy

NAME = "ldap.test"


class Far:
    """The server's end."""

    def __init__(self, folder: Path) -> None:
        certificate, intermediate, root, key = hierarchy(NAME)
        (folder / "server.pem").write_text(certificate + intermediate + key)
        (folder / "ca.pem").write_text(root)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem")
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)

    def shake_hands(self, near: TlsStream) -> None:
        """The handshake is over at both ends."""
        done = near.handshake()
        for _ in range(4):
            self.incoming.write(near.unsent())
            with suppress(ssl.SSLWantReadError):
                self.tls.do_handshake()
            if not done:
                done = near.handshake(self.outgoing.read())
        assert done


@pytest.fixture
def far(tmp_path: Path) -> Far:
    """A server whose CA is ca.pem in tmp_path."""
    return Far(tmp_path)


@pytest.fixture
def near(tmp_path: Path, far: Far) -> TlsStream:
    """The client's end, after the handshake."""
    stream = TlsStream(verified_tls.context(str(tmp_path / "ca.pem")), NAME)
    far.shake_hands(stream)
    return stream


def test_both_ends_understand_each_other(far: Far, near: TlsStream) -> None:
    far.incoming.write(near.sealed(b"question"))
    assert far.tls.read() == b"question"
    far.tls.write(b"answer")
    assert near.opened(far.outgoing.read()) == b"answer"
    assert near.unsent() == b""


def test_an_answer_may_come_in_many_records_and_in_parts(far: Far, near: TlsStream) -> None:
    text = bytes(range(256)) * (3 * PART // 256)
    far.tls.write(text)
    sent = far.outgoing.read()
    middle = len(sent) // 2
    first = near.opened(sent[:middle])
    assert PART <= len(first) < len(text)
    assert first + near.opened(sent[middle:]) == text
    assert near.opened(b"") == b""


def test_the_end_of_tls_says_nothing(far: Far, near: TlsStream) -> None:
    far.tls.write(b"last words")
    with pytest.raises(ssl.SSLWantReadError):
        far.tls.unwrap()
    assert near.opened(far.outgoing.read()) == b"last words"
    assert near.opened(b"") == b""


def test_an_alert_is_an_error(near: TlsStream) -> None:
    with pytest.raises(ssl.SSLError):
        near.opened(b"\x17\x03\x03\x00\x20" + bytes(32))


@pytest.mark.parametrize("name", ["other.test", NAME])
def test_a_certificate_that_is_not_accepted_ends_the_handshake(tmp_path: Path, far: Far, name: str) -> None:
    authorities = str(tmp_path / "ca.pem") if name != NAME else ""
    stream = TlsStream(verified_tls.context(authorities), name)
    with pytest.raises(ssl.SSLCertVerificationError):
        far.shake_hands(stream)
    assert stream.unsent()  # the alert that tells the server why
