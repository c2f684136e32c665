"""Checks of the certificates: validity, names, and the chain from each to a public CA."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from mailwright.core.values import amount
from mailwright.doctor import Finding
from mailwright.doctor.catalogue import server as words
from mailwright.formats.certificates import EXPIRES_SOON, Certificate, covers
from mailwright.issuance.words import reason


def findings(
    certificate: Certificate, hostname: str, roots: Iterable[x509.Certificate], now: datetime
) -> Iterator[Finding]:
    """Findings about one certificate. Whether its key matches is checked when it is read."""
    where, left = certificate.where, certificate.not_after - now
    if left.total_seconds() <= 0:
        yield words.EXPIRED.finding(where=where, day=f"{certificate.not_after:%Y-%m-%d}")
    elif left < EXPIRES_SOON:
        days = amount(left.days, "day")
        yield words.EXPIRES.finding(where=where, day=f"{certificate.not_after:%Y-%m-%d}", days=days)
    if certificate.not_before > now:
        yield words.TOO_NEW.finding(where=where, day=f"{certificate.not_before:%Y-%m-%d %H:%M} UTC")
    if not covers(certificate.names, hostname):
        names = ", ".join(certificate.names) or "no name"
        yield words.MISNAMED.finding(where=where, names=names, hostname=hostname)
    yield from chain(certificate.chain, where, roots)


def chain(text: str, where: str, roots: Iterable[x509.Certificate]) -> Iterator[Finding]:
    """Findings about a chain: each certificate is issued by the next, and the last one by a CA in ``roots``."""
    certificates = x509.load_pem_x509_certificates(text.encode())
    if len(certificates) == 1 and _issued(certificates[0], certificates[0]):
        yield words.SELF_SIGNED.finding(where=where)
        return
    for number, (child, parent) in enumerate(pairwise(certificates), start=1):
        if not _issued(child, parent):
            yield words.MISORDERED.finding(where=where, number=number, issuer=_name(parent.subject))
            return
    last = certificates[-1]
    if last.issuer == last.subject or any(_issued(last, root) for root in roots if root.subject == last.issuer):
        return
    diagnosis = words.INCOMPLETE if len(certificates) == 1 else words.UNKNOWN_CA
    yield diagnosis.finding(where=where, issuer=_name(last.issuer))


def issuance(rows: Iterable[Mapping[str, Any]], optional: Collection[str]) -> Iterator[Finding]:
    """Findings about the certificates that the server gets itself, as issuance.observed has them."""
    for row in rows:
        name = row["name"]
        if row["error"]:
            yield words.NOT_ISSUED.finding(name=name, error=row["error"], when=row["next"].partition(" ")[2])
        for left_out, why in row["left_out"].items():
            diagnosis = words.LEFT_OUT_OPTIONAL if left_out in optional else words.LEFT_OUT
            yield diagnosis.finding(name=left_out, why=reason(left_out, why))
        if row["waits_for"]:
            yield words.KEY_WAITS.finding(name=name, record=f"_25._tcp.{name}. TLSA 3 1 1 {row['waits_for']}")


def _issued(child: x509.Certificate, parent: x509.Certificate) -> bool:
    try:
        child.verify_directly_issued_by(parent)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _name(name: x509.Name) -> str:
    common_names = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(common_names[0].value) if common_names else name.rfc4514_string()
