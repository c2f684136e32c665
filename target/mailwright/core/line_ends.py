"""Line ends of mail: CRLF on the wire (RFC 5322), LF where a program of Unix has written it."""

from __future__ import annotations


def with_crlf(mail: bytes) -> bytes:
    """``mail`` with the line ends that it has on the wire."""
    # No list of its lines: short ones would need 50 times its size.
    return mail.removesuffix(b"\r").replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
