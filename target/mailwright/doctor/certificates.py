"""Judges of the certificates: days, names, and the way from each to a CA that others know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from mailwright.doctor import Finding
from mailwright.doctor.catalogue import server as words
from mailwright.formats.certificates import EXPIRES_SOON, Certificate, covers


def certificate(
    held: Certificate, hostname: str, roots: Iterable[x509.Certificate], now: datetime
) -> Iterator[Finding]:
    """What clients may dislike of one certificate; that its key fits is seen when it is read."""
    where, left = held.where, held.not_after - now
    if left.total_seconds() <= 0:
        yield words.EXPIRED.met(where=where, day=f"{held.not_after:%Y-%m-%d}")
    elif left < EXPIRES_SOON:
        yield words.EXPIRES.met(where=where, day=f"{held.not_after:%Y-%m-%d}", days=left.days)
    if held.not_before > now:
        yield words.TOO_NEW.met(where=where, day=f"{held.not_before:%Y-%m-%d %H:%M} UTC")
    if not covers(held.names, hostname):
        names = ", ".join(held.names) or "no name"
        yield words.MISNAMED.met(where=where, names=names, hostname=hostname)
    yield from chain(held.chain, where, roots)


def chain(text: str, where: str, roots: Iterable[x509.Certificate]) -> Iterator[Finding]:
    """Whether each certificate was issued by the next, and the last by a root that is known."""
    links = x509.load_pem_x509_certificates(text.encode())
    if len(links) == 1 and _issued(links[0], links[0]):
        yield words.SELF_SIGNED.met(where=where)
        return
    for number, (child, parent) in enumerate(pairwise(links), start=1):
        if not _issued(child, parent):
            yield words.MISORDERED.met(where=where, number=number, issuer=_name(parent.subject))
            return
    last = links[-1]
    if last.issuer == last.subject or any(_issued(last, root) for root in roots if root.subject == last.issuer):
        return
    kind = words.INCOMPLETE if len(links) == 1 else words.UNKNOWN_CA
    yield kind.met(where=where, issuer=_name(last.issuer))


def _issued(child: x509.Certificate, parent: x509.Certificate) -> bool:
    try:
        child.verify_directly_issued_by(parent)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()
