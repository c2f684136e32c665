"""A mail in which everything but the headers is encrypted: OpenPGP (RFC 3156) or S/MIME (RFC 8551).

The headers that describe the content go inside; all others stay where they are, byte for byte.
"""

from __future__ import annotations

import re
import secrets
from base64 import encodebytes
from email.parser import BytesHeaderParser

from mailwright.core.line_ends import with_crlf

CRLF = b"\r\n"
FIELD = re.compile(rb".*?\r\n(?:[ \t].*?\r\n)*", re.DOTALL)
INSIDE = re.compile(rb"content-[^:\s]*\s*:", re.IGNORECASE)  # RFC 2045, section 9
VERSION = re.compile(rb"mime-version\s*:", re.IGNORECASE)
ARMOR = b"-----BEGIN PGP MESSAGE-----"
SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
ENVELOPED = ("enveloped-data", "authenveloped-data")


def parts(mail: bytes) -> tuple[bytes, bytes]:
    """The headers that stay outside, and the MIME entity (RFC 2045) that is to be encrypted. ``mail`` has CRLF."""
    head, end, body = mail.partition(CRLF * 2)
    if mail.startswith(CRLF):  # a mail without headers
        head, end, body = b"", CRLF, mail.removeprefix(CRLF)
    fields = FIELD.findall(head.removesuffix(CRLF) + CRLF) if head else []
    inside = [field for field in fields if INSIDE.match(field)]
    outside = [field for field in fields if not INSIDE.match(field) and not VERSION.match(field)]
    return b"".join(outside), b"".join(inside) + CRLF + (body if end else b"")


def is_encrypted(mail: bytes) -> bool:
    """Whether somebody has encrypted the whole ``mail`` already."""
    headers = BytesHeaderParser().parsebytes(mail.partition(CRLF * 2)[0] + CRLF * 2)
    kind = headers.get_content_type()
    if kind == "multipart/encrypted":
        return str(headers.get_param("protocol")).lower() == "application/pgp-encrypted" and ARMOR in mail
    return kind in SMIME and str(headers.get_param("smime-type")).lower() in ENVELOPED


def pgp_message(outside: bytes, armored: bytes) -> bytes:
    """The mail with the headers ``outside`` and an OpenPGP message as its content (multipart/encrypted)."""
    mark = secrets.token_hex(16).encode()
    return outside + CRLF.join(
        (
            b"MIME-Version: 1.0",
            b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted";',
            b' boundary="' + mark + b'"',
            b"",
            b"--" + mark,
            b"Content-Type: application/pgp-encrypted",
            b"",
            b"Version: 1",
            b"",
            b"--" + mark,
            b'Content-Type: application/octet-stream; name="encrypted.asc"',
            b'Content-Disposition: inline; filename="encrypted.asc"',
            b"",
            with_crlf(armored).rstrip(CRLF),
            b"--" + mark + b"--",
            b"",
        )
    )


def smime_message(outside: bytes, enveloped: bytes) -> bytes:
    """The mail with the headers ``outside`` and a CMS EnvelopedData (DER) as its content."""
    return outside + CRLF.join(
        (
            b"MIME-Version: 1.0",
            b'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"',
            b"Content-Transfer-Encoding: base64",
            b'Content-Disposition: attachment; filename="smime.p7m"',
            b"",
            with_crlf(encodebytes(enveloped)),
        )
    )
