"""Mails of many odd kinds, made by rule: what a server must hand on byte by byte, or refuse.

Every mail has a Message-ID ``<NAME@corpus.test>`` unless it is one of those without headers.
"""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Iterator
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from quopri import encodestring

from tests import clock

BODY = b"Good day.\r\n"
CHARSETS = (
    "utf-8",
    "iso-8859-1",
    "iso-8859-15",
    "windows-1252",
    "koi8-r",
    "gb2312",
    "shift_jis",
    "iso-2022-jp",
    "big5",
)
TEXTS = {"koi8-r": "Привет", "gb2312": "你好", "shift_jis": "こんにちは", "iso-2022-jp": "こんにちは", "big5": "你好"}


def mail(name: str, *headers: bytes, body: bytes = BODY, sender: str) -> bytes:
    """A mail with the usual headers, ``headers`` after them, and ``body`` as it is."""
    usual = (
        f"From: {sender}\r\nTo: bob@example.test\r\nSubject: {name}\r\nDate: {clock.date()}\r\n"
        f"Message-ID: <{name}@corpus.test>\r\n"
    )
    return usual.encode() + b"".join(line + b"\r\n" for line in headers) + b"\r\n" + body


def corpus(sender: str) -> dict[str, bytes]:
    """Name → mail; ``sender`` is in From."""
    mails: dict[str, bytes] = {}
    for kind in (_bodies, _headers, _charsets, _encoded, _traces, _bytes):
        mails |= {name: mail(name, *headers, body=body, sender=sender) for name, headers, body in kind()}
    return mails | dict(_mime(sender)) | dict(_whole(sender))


Made = Iterator[tuple[str, tuple[bytes, ...], bytes]]


def _bodies() -> Made:
    for length in (76, 77, 78, 79, 510, 512, 900, 990, *range(996, 1003), 1022, 1024, 2047, 2048, 4096, 16384, 100_000):
        yield f"line-{length}", (), b"x" * length + b"\r\n"
    for length in (998, 999, 1500, 5000):
        yield (
            f"html-{length}",
            (b"MIME-Version: 1.0", b"Content-Type: text/html"),
            b"<p>" + b"<b>x</b> " * (length // 9),
        )
    bodies = {
        "empty": b"",
        "blank": b"\r\n" * 5,
        "no-end": b"no line end",
        "dots": b".\r\n..\r\n...\r\n.x\r\n\r\n.\r\n",
        "from-lines": b"From me\r\n>From you\r\n\r\nFrom stranger@outside.test Thu Jan  1\r\n",
        "trailing-blanks": b"word   \t \r\n \r\n\t\r\n\r\n\r\n\r\n",
        "tabs": b"\t\tx\ty\r\n",
        "control": bytes(n for n in range(1, 32) if n not in (10, 13)) + b"\x7f\r\n",
        "form-feed": b"page\r\n\x0c\r\npage\r\n",
        "like-a-header": b"Subject: not one\r\nX: y\r\n\r\n",
        "many-lines": b"a line of text\r\n" * 4000,
        "signature": b"text\r\n-- \r\nme\r\n",
        "format-flowed": b"text \r\n text \r\n>quote \r\n",
    }
    for name, body in bodies.items():
        yield name, (), body


def _headers() -> Made:
    for length in (78, 990, *range(997, 1001), 2000, 10_000, 50_000):
        yield f"header-{length}", (b"X-Long: " + b"h" * (length - 8),), BODY
    for lines in (2, 50, 600):
        yield f"folded-{lines}", (b"X-Folded: " + b"\r\n ".join([b"f" * 70] * lines),), BODY
    headers = {
        "many": tuple(b"X-%d: value" % n for n in range(300)),
        "no-blank": (b"X-Tight:value",),
        "wide-blank": (b"X-Wide:      value   ",),
        "tab": (b"X-Tab:\tvalue", b"X-Fold:\r\n\tvalue", b"X-Fold-Two: a\r\n  b\r\n\t c"),
        "empty": (b"X-Empty:", b"X-Blank: "),
        "case": (b"SUBJECT-LINE: x", b"x-lower: y", b"X-MiXeD: z"),
        "twice": (b"Comments: one", b"Comments: two", b"Keywords: a, b"),
        "to-many": (b"Cc: " + b",\r\n ".join(b"u%d@outside.test" % n for n in range(200)),),
        "encoded-words": (b"X-Word: =?utf-8?B?w6TDtsO8?= =?iso-8859-1?Q?=E4?=", b"X-Odd: =?x?Q?=ZZ?="),
        "list": (b"List-Id: <list.outside.test>", b"List-Unsubscribe: <mailto:x@outside.test>", b"Precedence: list"),
        "reply": (b"In-Reply-To: <a@b>", b"References: <a@b>\r\n <c@d>\r\n <e@f>", b"Reply-To: <x@outside.test>"),
        "priority": (b"X-Priority: 1 (Highest)", b"Importance: high", b"Auto-Submitted: no"),
        "receipt": (b"Disposition-Notification-To: <x@outside.test>", b"Return-Receipt-To: <x@outside.test>"),
        "group": (b"Reply-To: friends: a@outside.test, b@outside.test;",),
        "comment": (b"Reply-To: (a (nested) comment) x@outside.test (and \\) one more)",),
        "quoted": (b'Reply-To: "a, \\"b\\" <c>" <x@outside.test>',),
        "route": (b"Reply-To: <@a.test,@b.test:x@outside.test>",),
        "x-mail": (b"X-Spam-Level: ***", b"X-Virus-Scanned: yes", b"X-Originating-Country: DE"),
        "sender": (b"Errors-To: <x@outside.test>",),
    }
    for name, lines_of in headers.items():
        yield f"headers-{name}", lines_of, BODY


def _charsets() -> Made:
    for charset in CHARSETS:
        text = TEXTS.get(charset, "äöü ß").encode(charset)
        kind = f"Content-Type: text/plain; charset={charset}".encode()
        yield f"8bit-{charset}", (b"MIME-Version: 1.0", kind, b"Content-Transfer-Encoding: 8bit"), text + b"\r\n"
        yield f"undeclared-{charset}", (), text + b"\r\n"
        yield f"header-{charset}", (b"X-Raw: " + text, b"Comments: " + text * 3), BODY


def _traces() -> Made:
    hop = b"Received: from h%d.outside.test by h%d.outside.test with ESMTP id %d;\r\n\t" + clock.date().encode()
    for count in (1, 30, 49, 60, 90):
        yield f"hops-{count}", tuple(hop % (n, n + 1, n) for n in range(count)), BODY
    submitted = (
        b"Received: from [10.1.2.3] by smtp.outside.test (Postfix) with ESMTPSA id ABC; " + clock.date().encode()
    )
    yield "submitted-elsewhere", (submitted,), BODY
    yield "arc", (b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=x.test; s=s; b=AAAA",), BODY
    yield "foreign-dkim", (b"DKIM-Signature: v=1; a=rsa-sha256; d=outside.test; s=s; h=from; bh=AAAA; b=BBBB",), BODY


def _encoded() -> Made:
    for charset in CHARSETS:
        text = TEXTS.get(charset, "äöü ß").encode(charset)
        kind = f"Content-Type: text/plain; charset={charset}".encode()
        for encoding, body in (
            (b"base64", encodebytes(text * 9).replace(b"\n", b"\r\n")),
            (b"quoted-printable", encodestring(text * 9).replace(b"\n", b"\r\n") + b"\r\n"),
        ):
            lines = (b"MIME-Version: 1.0", kind, b"Content-Transfer-Encoding: " + encoding)
            yield f"{encoding.decode()}-{charset}", lines, body


def _bytes() -> Made:
    every = bytes(n for n in range(1, 256) if n not in (10, 13))
    declared = (b"MIME-Version: 1.0", b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: 8bit")
    yield "every-byte", (), every + b"\r\n"
    yield "nul-in-body", (), b"a\x00b\r\n"
    yield "utf8", declared, "Größe, 你好, 🙂\r\n".encode()
    yield "bad-utf8", declared, b"\xc3\x28 \xff\xfe \xed\xa0\x80\r\n"
    yield "long-8bit", declared, "ä".encode() * 1000 + b"\r\n"
    yield "raw-subject", (b"Comments: " + "Größe 你好 🙂".encode(),), BODY
    binary = (b"MIME-Version: 1.0", b"Content-Type: application/octet-stream", b"Content-Transfer-Encoding: binary")
    yield "binary", binary, every * 20 + b"\r\n"


def _mime(sender: str) -> Iterator[tuple[str, bytes]]:
    for depth in (1, 5, 20, 60, 110):
        part: MIMEBase = MIMEText("inside")
        for number in range(depth):
            outer = MIMEMultipart("mixed", boundary=f"level-{number}")
            outer.attach(part)
            part = outer
        yield _finished(f"deep-{depth}", part, sender)
    for width in (2, 100, 500):
        wide = MIMEMultipart("mixed", boundary="wide")
        for number in range(width):
            wide.attach(MIMEText(f"part {number}"))
        yield _finished(f"wide-{width}", wide, sender)
    for size in (10, 50_000, 400_000):
        attached = MIMEBase("application", "octet-stream")
        attached.set_payload(bytes(n * 7 % 256 for n in range(size)))
        encode_base64(attached)
        attached.add_header("Content-Disposition", "attachment", filename=("utf-8", "", "Größe.bin"))
        yield _finished(f"attached-{size}", attached, sender)
    alternative = MIMEMultipart("alternative", boundary="either")
    alternative.attach(MIMEText("plain"))
    alternative.attach(MIMEText("<p>html", "html", "utf-8"))
    yield _finished("alternative", alternative, sender)
    inner = MIMEText("a mail inside")
    inner["Received"], inner["User-Agent"], inner["Subject"] = "from a by b", "Other/1", "inner"
    yield _finished("forwarded", MIMEMessage(inner), sender)
    for name, lines in {
        "no-last-boundary": b"--b\r\n\r\npart\r\n",
        "no-boundary-at-all": b"text\r\n",
        "same-boundary": b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n--b--\r\n",
        "preamble": b"preamble\r\n--b\r\n\r\npart\r\n--b--\r\nepilogue\r\n",
        "long-line-in-part": b"--b\r\n\r\n" + b"x" * 3000 + b"\r\n--b--\r\n",
        "long-header-in-part": b"--b\r\nX-Long: " + b"x" * 3000 + b"\r\n\r\npart\r\n--b--\r\n",
    }.items():
        headers = (b"MIME-Version: 1.0", b'Content-Type: multipart/mixed; boundary="b"')
        yield f"mime-{name}", mail(f"mime-{name}", *headers, body=lines, sender=sender)


def _finished(name: str, part: MIMEBase, sender: str) -> tuple[str, bytes]:
    part["From"], part["To"], part["Subject"], part["Date"] = sender, "bob@example.test", name, clock.date()
    part["Message-ID"] = f"<{name}@corpus.test>"
    return name, part.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _whole(sender: str) -> Iterator[tuple[str, bytes]]:
    """Mails that are odd as a whole; each has its name in the text."""
    bare = {"bare-cr": b"one\rtwo\r\n", "bare-lf": b"one\ntwo\r\n", "cr-cr-lf": b"one\r\r\ntwo\r\n"}
    for name, body in bare.items():
        yield name, mail(name, body=body, sender=sender)
    resent = (
        b"Received: from one.outside.test by two.outside.test with ESMTPS id 3; " + clock.date().encode(),
        f"Resent-From: {sender}".encode(),
        b"Resent-To: bob@example.test",
        b"Resent-Date: " + clock.date().encode(),
        b"Resent-Message-ID: <resent@outside.test>",
    )
    yield "resent", mail("resent", *resent, sender=sender)
    yield "nul-in-header", mail("nul-in-header", b"X-Nul: a\x00b", sender=sender)
    yield "cr-in-header", mail("cr-in-header", b"X-Cr: a\rb", sender=sender)
    yield "huge-header", mail("huge-header", b"X-Huge: " + b"h" * 70_000, sender=sender)
    yield "huge-folded", mail("huge-folded", b"X-Huge: " + b"\r\n ".join([b"h" * 70] * 2000), sender=sender)
