"""What Dovecot's Sieve sends: whose it is, and in whose name it speaks."""

from __future__ import annotations

import pytest

from mailwright.programs.sieve_sendmail import OWN_MAIL, Refused, accepted, authors, kept, parsed, with_author, xtext


def test_dovecots_arguments() -> None:
    arguments = ["a@b.test", "-i", "-f", "<>", "--", "x@y.test", "-f"]
    assert parsed(arguments) == ("a@b.test", "", ["x@y.test", "-f"])
    assert parsed(["a@b.test", "-i", "-f", "s@t.test", "--", "x@y.test"])[1] == "s@t.test"


@pytest.mark.parametrize(
    ("mail", "own"),
    [
        (b"X-Sieve: Pigeonhole 2\r\nMessage-ID: <a@b>\r\nFrom: a@b.test\r\n\r\n", True),
        (b"X-Sieve: Pigeonhole 2\nFrom: a@b.test\nX-Sieve-Redirected-From: a@b.test\n\n", True),
        (b"X-Sieve: Pigeonhole 2\r\nX-Sieve-Redirected-From: a@b.test\r\nFrom: x@y.test\r\n\r\n", False),
        (b"Message-ID: <a@b>\r\nFrom: Mail Delivery Subsystem <postmaster@b.test>\r\n\r\n", False),
    ],
)
def test_what_a_script_wrote_itself(mail: bytes, own: bool) -> None:
    assert (OWN_MAIL.match(mail) is not None) is own


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("From: A <a@b.test>", ["a@b.test"]),
        ("From: a@b.test\r\nSender: s@b.test\r\nResent-From: r@b.test", ["a@b.test", "r@b.test", "s@b.test"]),
        ("From: a@b.test, c@d.test", ["a@b.test", "c@d.test"]),
        ("From: a@b.test\r\nFrom: c@d.test", ["a@b.test", "c@d.test"]),
        ("From: \r\n a@b.test", ["a@b.test"]),
        ("Subject: none", []),
    ],
)
def test_every_author_is_asked_about(head: str, expected: list[str]) -> None:
    assert authors(f"{head}\r\n\r\nFrom: body@b.test\r\n".encode()) == expected


@pytest.mark.parametrize(
    "field",
    [
        "a@b.test, <",
        "a@b.test[<c@d.test>",
        "\\a@b.test<c@d.test>",
        '"a"@b.test',
        "a@b.test c@d.test",
        "team:;",
    ],
)
def test_an_author_is_a_plain_address(field: str) -> None:
    with pytest.raises(Refused, match="553"):
        authors(f"From: {field}\r\n\r\n".encode())


def test_a_notification_without_an_author_is_its_users() -> None:
    mail = (
        b"X-Sieve: Pigeonhole 2\r\nFrom: Postmaster <p@b.test>\r\nTo: x@y.test\r\n\r\nFrom: Postmaster <p@b.test>\r\n"
    )
    expected = mail.replace(b"Postmaster <p@b.test>", b"<a@b.test>", 1)
    assert with_author("a@b.test", "p@b.test", mail) == ("a@b.test", expected)
    assert with_author("a@b.test", "", mail) == ("", expected)
    plain = mail.replace(b"\r", b"")
    assert with_author("a@b.test", "p@b.test", plain) == ("a@b.test", expected.replace(b"\r", b""))


@pytest.mark.parametrize(
    "head", [b"From: <p@b.test>", b"From: Boss <p@b.test>", b"Subject: x\r\n From: Postmaster <p@b.test>"]
)
def test_an_author_that_the_script_names_stays(head: bytes) -> None:
    mail = b"X-Sieve: Pigeonhole 2\r\n" + head + b"\r\n\r\nFrom: Postmaster <p@b.test>\r\n"
    assert with_author("a@b.test", "p@b.test", mail) == ("p@b.test", mail)


def test_a_login_is_one_word_for_postfix() -> None:
    assert xtext("a+b=c d\u00fc@e.test") == "a+2Bb+3Dc+20d+FC@e.test"


def test_answers() -> None:
    accepted((250, b"ok"))
    for code, expected in ((451, 451), (553, 553), (-1, 421)):
        with pytest.raises(Refused) as refusal:
            accepted((code, b"no"))
        assert refusal.value.code == expected


def test_what_a_script_wrote_is_not_kept() -> None:
    assert kept("a@b.test", "", b"X-Sieve: Pigeonhole\r\nFrom: a@b.test\r\n\r\n") == 77
