"""What hands a fetched mail to Postfix: whose it is, and what becomes of one that is refused."""

from __future__ import annotations

from io import BytesIO
from os import EX_NOPERM, EX_OK, EX_TEMPFAIL, EX_USAGE

import pytest

from mailwright.programs import fetched_mail
from mailwright.programs.fetched_mail import (
    USUAL,
    Refusal,
    TooLargeError,
    main,
    outcome,
    parsed,
    plain,
    whole,
    without_return_path,
)

BOB, EVE = "bob@example.test", "eve@elsewhere.test"
NEVER, LATER = (EVE, 550, "5.1.1 unknown"), (EVE, 451, "later")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-f", "x@y.test", "--", BOB, EVE], ("x@y.test", [BOB, EVE])),
        (["-d", BOB], ("", [BOB])),
        (["-f", "<>", "-d", BOB, "-m", "Old"], ("", [BOB])),
        (["-fx@y.test", "-e", "k", BOB], ("x@y.test", [BOB])),
        (["-f", "-d", "--", "-f"], ("-d", ["-f"])),
        ([], ("", [])),
    ],
)
def test_the_arguments_of_fetchmail_and_of_deliver(arguments: list[str], expected: tuple[str, list[str]]) -> None:
    assert parsed(arguments) == expected


@pytest.mark.parametrize(
    ("mail", "sender", "rest"),
    [
        (b"Return-Path: <x@y.test>\nSubject: a\n\n", "x@y.test", b"Subject: a\n\n"),
        (b"return-path: x@y.test\r\n\r\n", "x@y.test", b"\r\n"),
        (b"Return-Path: <>\n\n", "", b"\n"),
        (b">From me Thu Jan  1 00:00:00 1970\nReturn-Path: <x@y.test>\n\n", "x@y.test", b"\n"),
        (b"Subject: a\nReturn-Path: <x@y.test>\n\n", "", b"Subject: a\nReturn-Path: <x@y.test>\n\n"),
        (b"", "", b""),
    ],
)
def test_the_sender_that_the_other_server_knew(mail: bytes, sender: str, rest: bytes) -> None:
    assert without_return_path(mail) == (sender, rest)


@pytest.mark.parametrize("sender", ["MAILER-DAEMON", "x y@z.test", "\ufffd@y.test", "", "x@y.test\r\nRCPT TO:<z>"])
def test_what_is_no_address_is_the_null_sender(sender: str) -> None:
    assert plain(sender) == ""
    assert plain("x@y.test") == "x@y.test"


@pytest.mark.parametrize(
    ("recipients", "refused", "code", "said"),
    [
        ([BOB], [], EX_OK, []),
        ([EVE], [NEVER], EX_NOPERM, [f"mail for {EVE} stays on the other server: 5.1.1 unknown"]),
        ([EVE], [LATER], EX_TEMPFAIL, [f"mail for {EVE} stays on the other server: later"]),
        ([BOB, EVE], [NEVER], EX_OK, [f"mail for {EVE} is refused: 5.1.1 unknown"]),
        ([BOB, EVE], [LATER], EX_TEMPFAIL, [f"mail for {EVE} stays on the other server: later"]),
    ],
)
def test_what_becomes_of_it(recipients: list[str], refused: list[Refusal], code: int, said: list[str]) -> None:
    assert outcome(recipients, refused) == (code, said)


def test_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], BytesIO()) == EX_USAGE
    assert "no recipient" in capsys.readouterr().err


class Endless(BytesIO):
    """A mail without end; ``taken`` counts what was read of it."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert size >= 0
        self.taken += size
        return b"x" * size


def test_a_mail_without_end_is_read_up_to_the_limit() -> None:
    mail = Endless()
    with pytest.raises(TooLargeError):
        whole(mail, lambda: 2 * USUAL)
    assert mail.taken == 2 * USUAL + 1


def test_it_stays_on_the_other_server(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(fetched_mail, "say", lines.append)
    monkeypatch.setattr(fetched_mail, "size_limit", lambda: 2 * USUAL)
    assert main(["--", BOB], Endless()) == EX_NOPERM
    assert lines == [f"mail for {BOB} stays on the other server: 5.3.4 larger than POSTFIX_MESSAGE_SIZE_LIMIT"]


@pytest.mark.parametrize("size", [0, USUAL - 1, USUAL, 2 * USUAL])
@pytest.mark.parametrize("limit", [0, 2 * USUAL, 3 * USUAL])
def test_what_fits_is_read_whole(size: int, limit: int) -> None:
    assert len(whole(BytesIO(b"x" * size), lambda: limit)) == size


def test_a_usual_mail_asks_nobody() -> None:
    def nobody() -> int:
        raise AssertionError

    assert whole(BytesIO(b"x"), nobody) == b"x"
