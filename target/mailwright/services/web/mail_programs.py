"""What mail programs fetch: autoconfig, autodiscover, Apple's profile, and the page for people."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import paths
from mailwright.model.mailserver import Mailserver
from mailwright.model.web import Role
from mailwright.services.web.route import Application, Route

REQUEST = 8192  # bytes of Outlook's request
BY_HAND = (Role.HOST, Role.AUTOCONFIG)
ALL = (Role.HOST, Role.AUTOCONFIG, Role.AUTODISCOVER)


def has_logins(mailserver: Mailserver) -> bool:
    """Whether anybody can log in."""
    return not mailserver.settings.smtp_only


def _answer(module: str) -> Application:
    """The answer of ``module``, which reads the offers that are rendered of all ports."""
    return Application(module, lambda _: {"settings": f"/etc/{paths.CLIENT_SETTINGS}"})


def _routes() -> Iterator[Route]:
    purpose = "settings for Thunderbird, K-9 and others (autoconfig)"
    for path in ("/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml"):
        yield Route(path, purpose, _answer("autoconfig"), ALL, enabled=has_logins)
    # As Outlook's versions spell it.
    for folder, name in (("autodiscover", "autodiscover"), ("Autodiscover", "Autodiscover"), ("AutoDiscover",) * 2):
        path, answer = f"/{folder}/{name}", _answer("autodiscover")
        purpose, methods = "settings for Outlook (autodiscover)", ("GET", "HEAD", "POST")
        yield Route(f"{path}.xml", purpose, answer, ALL, methods, body=REQUEST, enabled=has_logins)
        purpose = "where Outlook finds the settings"
        yield Route(f"{path}.json", purpose, answer, ALL, enabled=has_logins)
        yield Route(f"{path}.json/v1.0/", purpose, answer, ALL, private=True, enabled=has_logins)  # an address follows
    profile = _answer("profile")
    yield Route("/mail.mobileconfig", "Apple's profile of one account", profile, BY_HAND, enabled=has_logins)
    page = _answer("account_page")
    yield Route("/setup", "page that sets up a mail program", page, BY_HAND, enabled=has_logins)


ROUTES = tuple(_routes())
