"""/.well-known/acme-challenge/: what the CA fetches to check a name (HTTP-01, RFC 8555, section 8.3)."""

from __future__ import annotations

from mailwright.core import paths
from mailwright.model.mailserver import Mailserver
from mailwright.services.web.route import Files, Route


def is_asked(mailserver: Mailserver) -> bool:
    """Whether a CA checks names by HTTP-01."""
    return mailserver.acme is not None and mailserver.acme.challenge == "http-01"


ROUTE = Route(
    "/.well-known/acme-challenge/",
    "answers to a CA that checks a name, with `SSL_TYPE=acme`",
    Files(f"{paths.ACME_CHALLENGES}/"),
    plain=True,  # the CA begins on port 80
    enabled=is_asked,
)
