"""The DNS records to publish for this server and its mail domains."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailwright.core import client_settings
from mailwright.formats.dkim_keys import SigningKey
from mailwright.model.mailserver import Mailserver
from mailwright.services import PORTS
from mailwright.services.web.mta_sts_policy import has_policy, policy_id

TTL = 3600
CHUNK = 255  # bytes that one string of a TXT record holds (RFC 1035, section 3.3.14)
STAGES = {
    "signing": "the DKIM key that signs mail now",
    "next": "the next DKIM key: it signs mail when this record is published",
    "old": "the previous DKIM key: mail that it signed can still be on the way",
}
UNSIGNED = "a DKIM key: nothing signs with it while ENABLE_RSPAMD=0"
NEXT_KEY = "the next key of the certificate (DANE): publish it beside the present one, which serves until then"
DMARC_PURPOSE = (
    "what other servers do with mail that fails SPF and DKIM (DMARC): start with p=none, read the reports, "
    "then change to p=quarantine"
)
# Port → its service and priority. IMAP comes before POP3, and TLS from the first byte before STARTTLS
# (RFC 6186, section 3.3; RFC 8314, section 5.1; RFC 5804, section 1.8).
SERVICES = {
    "imaps": ("_imaps._tcp", 0),
    "imap": ("_imap._tcp", 10),
    "pop3s": ("_pop3s._tcp", 20),
    "pop3": ("_pop3._tcp", 30),
    "submissions": ("_submissions._tcp", 0),
    "submission": ("_submission._tcp", 10),
    "managesieve": ("_sieve._tcp", 0),
}
NOT_OFFERED = "0 0 0 ."  # (RFC 6186, section 3.4)


@dataclass(frozen=True, slots=True)
class Record:
    """One record: full name without the last dot, type, data as in a zone file, and purpose.

    ``needed`` is False for a record that improves security or comfort; mail works without it.
    """

    name: str
    kind: str
    data: str
    purpose: str
    needed: bool = True

    def line(self) -> str:
        """The record as a line of a zone file."""
        data = " ".join(f'"{chunk}"' for chunk in chunks(self.data)) if self.kind == "TXT" else self.data
        return f"{self.name}. {TTL} IN {self.kind} {data}"


def chunks(text: str) -> Iterator[str]:
    """``text`` split into the strings of a TXT record, with quotes escaped."""
    for start in range(0, len(text), CHUNK):
        yield text[start : start + CHUNK].replace("\\", "\\\\").replace('"', '\\"')


def records(mailserver: Mailserver, domain: str, keys: Iterable[SigningKey]) -> list[Record]:
    """The records of the mail domain ``domain``."""
    host, signs = mailserver.hostname, mailserver.settings.enable_rspamd
    stages = STAGES if signs else dict.fromkeys(STAGES, UNSIGNED)
    wanted = [
        Record(domain, "MX", f"10 {host}.", "mail for this domain is delivered to this server"),
        Record(domain, "TXT", f"v=spf1 mx a:{host} -all", "servers that may send mail for this domain (SPF)"),
    ]
    wanted += [
        Record(key.name, "TXT", key.record, stages[key.stage], needed=signs and key.stage != "old")
        for key in keys
        if key.domain == domain
    ]
    # An address in the same domain: another domain would have to accept the reports (RFC 7489, section 7.1).
    reports = f"postmaster@{domain}"
    # p=none first: a stricter policy loses mail of senders that SPF or DKIM does not cover yet. The reports name them.
    policy = f"v=DMARC1; p=none; rua=mailto:{reports}"
    wanted += [
        Record(f"_dmarc.{domain}", "TXT", policy, DMARC_PURPOSE),
        Record(
            f"_smtp._tls.{domain}",
            "TXT",
            f"v=TLSRPTv1; rua=mailto:{reports}",
            "daily reports on TLS to this domain (TLSRPT)",
            needed=False,
        ),
    ]
    if has_policy(mailserver):
        sts = f"v=STSv1; id={policy_id(mailserver)}"
        purpose = "other servers must use TLS to this domain (MTA-STS; it also needs the policy file)"
        wanted.append(Record(f"_mta-sts.{domain}", "TXT", sts, purpose, needed=False))
        if mailserver.web:
            purpose = "other servers fetch the policy here (MTA-STS); A and AAAA records do as well"
            wanted.append(Record(f"mta-sts.{domain}", "CNAME", f"{host}.", purpose, needed=False))
    return [*wanted, *service_records(mailserver, domain), *web_records(mailserver, domain)]


def service_records(mailserver: Mailserver, domain: str) -> Iterator[Record]:
    """The SRV record of each service that mail programs look for, also of those that this server does not offer."""
    for port in PORTS:
        if port.name in SERVICES:
            service, priority = SERVICES[port.name]
            offered, name = port.enabled(mailserver), f"{service}.{domain}"
            data = f"{priority} 1 {port.number} {mailserver.hostname}." if offered else NOT_OFFERED
            purpose = "mail programs find this server" if offered else "mail programs do not try what is not offered"
            yield Record(name, "SRV", data, purpose, needed=False)


def web_records(mailserver: Mailserver, domain: str) -> Iterator[Record]:
    """The names at which mail programs ask the web server for settings, and Outlook's SRV record."""
    settings, host = mailserver.settings, mailserver.hostname
    if settings.enable_web and not settings.smtp_only:
        for name, programs in zip(client_settings.names(domain), ("Thunderbird", "Outlook"), strict=True):
            purpose = f"{programs} and others find the settings of mail accounts"
            yield Record(name, "CNAME", f"{host}.", purpose, needed=False)
        purpose = "Outlook finds the settings of mail accounts"
        yield Record(f"_autodiscover._tcp.{domain}", "SRV", f"0 1 443 {host}.", purpose, needed=False)


def switches(domain: str) -> dict[str, str]:
    """The names of the SRV records → the setting that opens the port of each."""
    return {f"{SERVICES[port.name][0]}.{domain}": port.switch for port in PORTS if port.name in SERVICES}


def host_records(mailserver: Mailserver) -> list[Record]:
    """The records of the host name and of SSL_SNI_DOMAINS, without addresses: the server does not know its own."""
    if not has_policy(mailserver):
        return []
    purpose = "other servers must use TLS to this server (DANE; the zone must be signed)"
    records = [
        Record(f"_25._tcp.{name}", "TLSA", f"3 1 1 {spki_digest(certificate.chain)}", purpose, needed=False)
        for name, certificates in mailserver.certificates_by_name.items()
        for certificate in certificates
    ]
    return records + [
        Record(f"_25._tcp.{name}", "TLSA", f"3 1 1 {digest}", NEXT_KEY, needed=False)
        for name, digest in (mailserver.acme.next_keys if mailserver.acme else ())
    ]


def spki_digest(chain: str) -> str:
    """SHA-256 of the first certificate's public key, in hex (RFC 7671, section 5.1)."""
    return hashlib.sha256(_spki(x509.load_pem_x509_certificate(chain.encode()))).hexdigest()


def tlsa_matching(chain: str) -> Iterator[str]:
    """Every TLSA record that matches a chain (RFC 6698, section 2.1).

    Usages 3 and 1 are for the server's certificate, 2 and 0 for those of its issuers.
    """
    leaf, *issuers = x509.load_pem_x509_certificates(chain.encode())
    for usages, certificates in (("31", [leaf]), ("20", issuers)):
        for certificate in certificates:
            for selector, part in (("0", certificate.public_bytes(Encoding.DER)), ("1", _spki(certificate))):
                matches = (part.hex(), hashlib.sha256(part).hexdigest(), hashlib.sha512(part).hexdigest())
                yield from (
                    f"{usage} {selector} {matching} {text}" for usage in usages for matching, text in enumerate(matches)
                )


def _spki(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
