"""What mail programs are told: one file for the web server's application and for the signer of Apple's profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mailwright.core import paths
from mailwright.core.tree import Effect, File
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Service
from mailwright.services.offers import client_settings

SIGNER = "_profiles:_profiles"


def files(mailserver: Mailserver, services: Iterable[Service]) -> Iterator[File]:
    """The offers of ``services``, all of which this server runs, and the signer's copies of certificate and key.

    The signer starts for each request, so it needs no reload.
    """
    if not mailserver.web:
        return
    settings = client_settings(mailserver, (port for service in services for port in service.ports))
    yield File(paths.CLIENT_SETTINGS, settings.dumped(), "web", effect=Effect.RESTART)
    if settings.offers and mailserver.certificates:
        pair = mailserver.certificates[0]
        yield File(paths.PROFILE_CERTIFICATE, pair.chain, "web", 0o400, SIGNER, effect=Effect.NOTHING)
        yield File(paths.PROFILE_KEY, pair.key, "web", 0o400, SIGNER, effect=Effect.NOTHING, secret=True)
