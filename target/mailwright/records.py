"""The DNS records that this server asks its domains to publish."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailwright.dkim import SigningKey
from mailwright.model import Mailserver
from mailwright.services import PORTS

TTL = 3600
CHUNK = 255  # bytes that one string of a TXT record holds (RFC 1035, section 3.3.14)
SERVICES = {"imaps": "_imaps._tcp", "submission": "_submission._tcp", "submissions": "_submissions._tcp"}


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its full name without the last dot, its type, its data as a zone file writes it, and what for.

    A record that is not ``needed`` makes things better; without the others mail suffers.
    """

    name: str
    kind: str
    data: str
    purpose: str
    needed: bool = True

    def line(self) -> str:
        """The record as a line of a zone file."""
        data = " ".join(f'"{it}"' for it in chunks(self.data)) if self.kind == "TXT" else self.data
        return f"{self.name}. {TTL} IN {self.kind} {data}"


def chunks(text: str) -> Iterator[str]:
    """``text`` in the pieces that a TXT record is made of, quotes escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    for start in range(0, len(escaped), CHUNK):
        yield escaped[start : start + CHUNK]


def records(mailserver: Mailserver, domain: str, keys: Iterable[SigningKey]) -> list[Record]:
    """What the zone of the mail domain ``domain`` must say."""
    host = mailserver.hostname
    found = [
        Record(domain, "MX", f"10 {host}.", "mail for this domain comes here"),
        Record(domain, "TXT", f"v=spf1 mx a:{host} -all", "who may send for this domain (SPF)"),
    ]
    found += [
        Record(key.name, "TXT", key.record, "the key of its signatures (DKIM)") for key in keys if key.domain == domain
    ]
    reports = mailserver.postmaster
    policy = f"v=DMARC1; p=quarantine; rua=mailto:{reports}"
    found += [
        Record(f"_dmarc.{domain}", "TXT", policy, "what others do with mail that fails both (DMARC)"),
        Record(f"_smtp._tls.{domain}", "TXT", f"v=TLSRPTv1; rua=mailto:{reports}", "reports on TLS", needed=False),
    ]
    for port in PORTS:
        if port.name in SERVICES and port.enabled(mailserver):
            data = f"0 1 {port.number} {host}."
            found.append(Record(f"{SERVICES[port.name]}.{domain}", "SRV", data, "mail programs find us", needed=False))
    return found


def host_records(mailserver: Mailserver) -> list[Record]:
    """What the zone of the host name must say, its addresses apart, which only its owner knows."""
    if mailserver.settings.own_certificate or mailserver.smtpd_tls_security_level == "none":
        return []
    purpose = "others demand TLS of us (DANE; the zone must be signed)"
    return [
        Record(f"_25._tcp.{mailserver.hostname}", "TLSA", f"3 1 1 {spki_digest(it.chain)}", purpose, needed=False)
        for it in mailserver.certificates
    ]


def spki_digest(chain: str) -> str:
    """SHA-256 of the first certificate's public key, in hex (RFC 7671, section 5.1)."""
    key = x509.load_pem_x509_certificate(chain.encode()).public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
