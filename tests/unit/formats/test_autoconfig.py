from __future__ import annotations

from xml.etree import ElementTree

from mailwright.core.client_settings import ClientSettings
from mailwright.formats.autoconfig import document
from tests.unit.formats.mail_programs import DOMAIN, HOST, MORE, SETTINGS


def servers(settings: ClientSettings, element: str) -> list[tuple[str, ...]]:
    """Type, host name, port, socket type, user name and methods of each server, in the order of the document."""
    root = ElementTree.fromstring(document(settings, DOMAIN))
    assert root.tag == "clientConfig"
    assert root.get("version") == "1.1"
    (provider,) = root
    assert (provider.get("id"), provider.findtext("domain")) == (DOMAIN, DOMAIN)
    return [
        (each.get("type", ""), *(part.text or "" for part in each))
        for each in provider.iterfind(element)
        if [part.tag for part in each][:4] == ["hostname", "port", "socketType", "username"]
    ]


def test_what_is_open_with_the_best_first() -> None:
    login = ("%EMAILADDRESS%", "password-cleartext")
    assert servers(SETTINGS, "incomingServer") == [
        ("imap", HOST, "993", "SSL", *login),
        ("imap", HOST, "143", "STARTTLS", *login),
    ]
    assert servers(SETTINGS, "outgoingServer") == [("smtp", HOST, "587", "STARTTLS", *login)]


def test_more_ports_and_oauth2() -> None:
    incoming, outgoing = servers(MORE, "incomingServer"), servers(MORE, "outgoingServer")
    assert [each[:4] for each in incoming][-1] == ("pop3", HOST, "995", "SSL")
    assert [each[2:4] for each in outgoing] == [("465", "SSL"), ("587", "STARTTLS")]
    assert {each[5:] for each in incoming + outgoing} == {("OAuth2", "password-cleartext")}
