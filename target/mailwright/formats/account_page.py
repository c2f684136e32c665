"""The page that sets up a mail program: a form for the address, then the profile for Apple's devices and the settings.

It has no script, and loads nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape

from mailwright.core.client_settings import ClientSettings, Offer

STYLE = (
    "body{font:1rem/1.5 sans-serif;margin:2rem auto;max-width:40rem;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{border:1px solid #999;padding:.3rem .6rem;text-align:left}"
    "svg{background:#fff;padding:1rem}input,button{font:inherit;padding:.3rem .6rem}"
)
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
WORDS = {"imap": "reading mail (IMAP)", "pop3": "fetching mail (POP3)", "smtp": "sending mail (SMTP)"}
MISSING = "This server has no mail accounts with such an address."


def form(hostname: str, error: str = "") -> str:
    """The page that asks for the address; with the text of an ``error``, after a wrong one."""
    return _page(
        hostname,
        *((f"<p><strong>{escape(error)}</strong></p>",) if error else ()),
        '<form action="/setup" method="get">',
        '<p><label>Your mail address: <input type="email" name="address" required autofocus></label>',
        "<button>Continue</button></p>",
        "</form>",
    )


def page(settings: ClientSettings, address: str, link: str, code: str) -> str:
    """The page of one account: the ``link`` to its profile, the same as a QR ``code`` (SVG), and all settings."""
    return _page(
        f"Mail account {address}",
        "<h2>iPhone, iPad and Mac</h2>",
        "<p>Point the camera of the iPhone or iPad at this code, or open the link on the device. "
        "Then open the Settings and install the profile. Only then you enter your password.</p>",
        code,
        f'<p><a href="{escape(link)}">mail.mobileconfig</a></p>',
        "<h2>Thunderbird, Outlook and others</h2>",
        "<p>Enter your address and your password. The program finds the rest by itself.</p>",
        "<h2>By hand</h2>",
        "<table>",
        "<tr><th>for</th><th>server</th><th>port</th><th>encryption</th></tr>",
        *(_row(settings.hostname, offer) for offer in settings.of(*WORDS)),
        "</table>",
        f"<p>The user name is <strong>{escape(address)}</strong> everywhere. Your password is the same for all.</p>",
    )


def _row(hostname: str, offer: Offer) -> str:
    cells = (WORDS[offer.protocol], hostname, str(offer.port), offer.tls)
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _page(title: str, *body: str) -> str:
    return "\n".join(_lines(title, body)) + "\n"


def _lines(title: str, body: tuple[str, ...]) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>"
    yield from body
    yield "</body>\n</html>"
