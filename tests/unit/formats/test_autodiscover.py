from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.client_settings import ClientSettings
from mailwright.formats import autodiscover
from mailwright.formats.autodiscover import ANSWER, MOST, OUTLOOK, error_answer, request, settings_answer
from tests.unit.formats.mail_programs import ADDRESS, HOST, MORE, SETTINGS

ASKED = "https://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
MOBILE = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006"


def body(address: str, schema: str = OUTLOOK, before: str = "") -> bytes:
    """The documented request."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{before}<Autodiscover xmlns="{ASKED}"><Request>'
        f"<EMailAddress>{address}</EMailAddress>"
        f"<AcceptableResponseSchema>{schema}</AcceptableResponseSchema></Request></Autodiscover>"
    ).encode()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (body("me@example.com"), ("me@example.com", True)),
        (body("\n  me@example.com\n"), ("me@example.com", True)),
        (body("me&amp;you@example.com"), ("me&you@example.com", True)),
        (body("me@example.com", OUTLOOK.replace("http:", "https:")), ("me@example.com", True)),
        (body("me@example.com", MOBILE), ("me@example.com", False)),
        (b"<a:EMailAddress>me@example.com</a:EMailAddress>", ("me@example.com", True)),
        (b"", ("", True)),
        (b"<EMailAddress></EMailAddress>", ("", True)),
        (body("a@example.com") + body("b@example.com"), ("", True)),
        (body("me@example.com") + b" " * MOST, ("", True)),
        (body("&x;", before='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), ("&x;", True)),
        (body("me@example.com").decode().encode("utf-16"), ("", True)),
        (b"<EMailAddress>" * 500, ("", True)),
    ],
)
def test_the_request(given: bytes, expected: tuple[str, bool]) -> None:
    assert request(given) == expected


@given(st.binary(max_size=400))
def test_any_request_is_read(given: bytes) -> None:
    address, _ = request(given)
    assert address.isascii()


def protocols(settings: ClientSettings, address: str = ADDRESS) -> list[dict[str, str]]:
    root = ElementTree.fromstring(settings_answer(settings, address))
    assert root.tag == f"{{{ANSWER}}}Autodiscover"
    name = f"{{{OUTLOOK}}}"
    account = root.find(f"{name}Response/{name}Account")
    assert account is not None
    assert account.findtext(f"{name}AccountType") == "email"
    assert account.findtext(f"{name}Action") == "settings"
    return [
        {part.tag.removeprefix(name): part.text or "" for part in protocol}
        for protocol in account.iterfind(f"{name}Protocol")
    ]


def test_the_settings() -> None:
    found = [(each["Type"], each["Port"], each["Encryption"]) for each in protocols(SETTINGS)]
    assert found == [("IMAP", "993", "SSL"), ("IMAP", "143", "TLS"), ("SMTP", "587", "TLS")]
    more = [(each["Type"], each["Port"]) for each in protocols(MORE)]
    assert more == [("IMAP", "993"), ("IMAP", "143"), ("POP3", "995"), ("SMTP", "465"), ("SMTP", "587")]
    for each in protocols(SETTINGS):
        same = (each["Server"], each["LoginName"], each["SPA"], each["SSL"], each["AuthRequired"])
        assert same == (HOST, ADDRESS, "off", "on", "on")


def test_no_text_becomes_markup() -> None:
    (first, *_) = protocols(SETTINGS, '</LoginName><Server>evil</Server>"&@example.com')
    assert first["Server"] == HOST


def test_errors_and_json() -> None:
    root = ElementTree.fromstring(error_answer(600, "<Invalid>"))
    (response,) = root
    (error,) = response
    assert [part.text for part in error] == ["600", "<Invalid>", None]
    assert json.loads(autodiscover.json_answer(HOST)) == {
        "Protocol": "AutodiscoverV1",
        "Url": f"https://{HOST}/autodiscover/autodiscover.xml",
    }
    assert json.loads(autodiscover.json_error())["ErrorCode"] == "InvalidProtocol"
