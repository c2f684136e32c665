"""The MTA-STS policy of a domain, fetched as other servers fetch it (RFC 8461, section 3.3)."""

from __future__ import annotations

import http.client
import ssl
from contextlib import closing
from dataclasses import dataclass

from mailwright.host import verified_tls
from mailwright.services.web.mta_sts_policy import PATH

SECONDS = 5.0
MOST = 1 << 16  # bytes


@dataclass(frozen=True, slots=True)
class Unfetched:
    """Why there is no policy. ``certain``: everybody sees it; else perhaps only this container cannot get there."""

    reason: str
    certain: bool = False


def fetch(domain: str, context: ssl.SSLContext | None = None) -> str | Unfetched:
    """The text of the policy. Redirects are not followed, as the RFC demands."""
    tls = context or verified_tls.context()
    connection = http.client.HTTPSConnection(f"mta-sts.{domain}", timeout=SECONDS, context=tls)
    with closing(connection):
        try:
            connection.request("GET", PATH)
            answer = connection.getresponse()
            text = answer.read(MOST).decode("ascii", "replace")
        except ssl.SSLCertVerificationError as error:
            return Unfetched(f"has a certificate that other servers refuse: {error.verify_message}", certain=True)
        except (OSError, http.client.HTTPException) as error:
            return Unfetched(getattr(error, "strerror", None) or str(error) or type(error).__name__)
    if answer.status != http.client.OK:
        return Unfetched(f"answers {answer.status}", certain=True)
    return text
