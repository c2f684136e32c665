"""The DNS records that this server asks its domains to publish."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailwright.formats.dkim_keys import SigningKey
from mailwright.model.mailserver import Mailserver
from mailwright.services import PORTS

TTL = 3600
CHUNK = 255  # bytes that one string of a TXT record holds (RFC 1035, section 3.3.14)
STAGES = {
    "signing": "the key of its signatures (DKIM)",
    "next": "the key that signs once this is published (DKIM)",
    "old": "the key that has signed until a while ago (DKIM)",
}
SERVICES = {
    "imaps": "_imaps._tcp",
    "pop3s": "_pop3s._tcp",
    "submission": "_submission._tcp",
    "submissions": "_submissions._tcp",
}


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
    for start in range(0, len(text), CHUNK):
        yield text[start : start + CHUNK].replace("\\", "\\\\").replace('"', '\\"')


def records(mailserver: Mailserver, domain: str, keys: Iterable[SigningKey]) -> list[Record]:
    """What the zone of the mail domain ``domain`` must say."""
    host = mailserver.hostname
    found = [
        Record(domain, "MX", f"10 {host}.", "mail for this domain comes here"),
        Record(domain, "TXT", f"v=spf1 mx a:{host} -all", "who may send for this domain (SPF)"),
    ]
    found += [
        Record(key.name, "TXT", key.record, STAGES[key.stage], needed=key.stage != "old")
        for key in keys
        if key.domain == domain
    ]
    # Of each domain: another one would have to say that it wants the reports (RFC 7489, section 7.1).
    reports = f"postmaster@{domain}"
    policy = f"v=DMARC1; p=quarantine; rua=mailto:{reports}"
    found += [
        Record(f"_dmarc.{domain}", "TXT", policy, "what others do with mail that fails both (DMARC)"),
        Record(f"_smtp._tls.{domain}", "TXT", f"v=TLSRPTv1; rua=mailto:{reports}", "reports on TLS", needed=False),
    ]
    if has_policy(mailserver):
        sts = f"v=STSv1; id={policy_id(mailserver)}"
        found.append(
            Record(f"_mta-sts.{domain}", "TXT", sts, "others demand TLS of us (MTA-STS; see the policy)", needed=False)
        )
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
    return hashlib.sha256(_spki(x509.load_pem_x509_certificate(chain.encode()))).hexdigest()


def tlsa_fitting(chain: str) -> Iterator[str]:
    """Every TLSA record that fits a chain (RFC 6698, section 2.1): 3 and 1 for the first, 2 and 0 for the others."""
    leaf, *issuers = x509.load_pem_x509_certificates(chain.encode())
    for usages, certificates in (("31", [leaf]), ("20", issuers)):
        for it in certificates:
            for selector, part in (("0", it.public_bytes(Encoding.DER)), ("1", _spki(it))):
                hashed = (part.hex(), hashlib.sha256(part).hexdigest(), hashlib.sha512(part).hexdigest())
                yield from (f"{use} {selector} {how} {text}" for use in usages for how, text in enumerate(hashed))


def _spki(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def has_policy(mailserver: Mailserver) -> bool:
    """Whether others can be asked to demand TLS of us: there is a certificate that they can trust."""
    return not mailserver.settings.own_certificate and mailserver.smtpd_tls_security_level != "none"


def mta_sts_policy(mailserver: Mailserver) -> str:
    """The policy that https://mta-sts.DOMAIN/.well-known/mta-sts.txt is to say (RFC 8461, section 3.2)."""
    mode = mailserver.settings.mta_sts_policy_mode
    return f"version: STSv1\r\nmode: {mode}\r\nmx: {mailserver.hostname}\r\nmax_age: 604800\r\n"


def policy_id(mailserver: Mailserver) -> str:
    """An id that changes with the policy."""
    return hashlib.sha256(mta_sts_policy(mailserver).encode()).hexdigest()[:16]
