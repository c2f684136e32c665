"""TLS for a connection that somebody else reads and writes: its bytes come in, and bytes to send go out.

asyncio's own TLS takes each message through a dozen Python functions, which is more work than the rest of a look-up.
"""

from __future__ import annotations

import ssl

PART = 1 << 14  # bytes of a TLS record at most (RFC 8446, section 5.1)


class TlsStream:
    """One end of a TLS connection, as the client. Each method may leave bytes to send in ``unsent()``."""

    def __init__(self, context: ssl.SSLContext, name: str) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)
        self.ready = False  # whether the handshake is over

    def handshake(self, data: bytes = b"") -> bool:
        """Whether the handshake is over with ``data`` of the server; ssl.SSLError if it fails."""
        self.incoming.write(data)
        try:
            self.object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self.ready = True
        return True

    def sealed(self, text: bytes) -> bytes:
        """``text`` as bytes to send."""
        self.object.write(text)
        return self.outgoing.read()

    def opened(self, data: bytes) -> bytes:
        """What ``data`` of the server says, as far as it is complete; ssl.SSLError if that is an alert."""
        self.incoming.write(data)
        text = b""
        try:
            while part := self.object.read(PART):
                text += part
                if not self.incoming.pending and not self.object.pending():
                    break  # another attempt would be an exception
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            pass  # the end of the connection follows the end of TLS
        return text

    def unsent(self) -> bytes:
        """What TLS itself has to say: a part of the handshake, an alert, a new key."""
        return self.outgoing.read()
