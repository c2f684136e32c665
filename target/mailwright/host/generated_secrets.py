"""The certificate and the SRS secret that Mailwright makes itself where the operator gives none."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mailwright.core import paths
from mailwright.formats import certificates
from mailwright.formats.certificates import Certificate
from mailwright.host.files import write_durably
from mailwright.host.read import Places, read_all
from mailwright.model.certificates import OWN
from mailwright.model.cluster import ROLES
from mailwright.model.reading import Reading
from mailwright.model.sources import Content

TEN_YEARS = timedelta(days=3650)


def with_kept(reading: Reading) -> Reading:
    """``reading`` with the certificate and the secret of the state, which are made there once."""
    wanted: list[str] = []
    if serves_own(reading):
        settle_self_signed(reading.hostname, Path(paths.SELF_SIGNED), reading.sources.now)
        wanted += OWN.all()
    if reading.settings.own_srs_secret:
        settle_srs_secret(Path(paths.SRS_SECRET), [Path(path) for path in paths.FORMER_SRS_SECRETS])
        wanted.append(paths.SRS_SECRET)
    if not wanted:
        return reading
    files = read_all(wanted, Places())
    return replace(reading.with_files(files.contents), stamps={**reading.stamps, **files.stamps})


def with_made_up(reading: Reading) -> Reading:
    """``reading`` with a certificate and a secret in memory where the state has none; nothing is written."""
    files: dict[str, Content] = {}
    if has_throw_away_certificate(reading):
        chain, key = self_signed(reading.hostname, reading.sources.now)
        files |= {OWN.chain: chain.encode(), OWN.keys[0]: key.encode()}
    if reading.settings.own_srs_secret and not isinstance(reading.sources.files.get(paths.SRS_SECRET), bytes):
        files[paths.SRS_SECRET] = srs_secret().encode()
    return reading.with_files(files) if files else reading


def has_throw_away_certificate(reading: Reading) -> bool:
    """Whether a certificate of our own is wanted and not there: with_made_up() makes one that differs each time."""
    return serves_own(reading) and not isinstance(reading.sources.files.get(OWN.chain), bytes)


def serves_own(reading: Reading) -> bool:
    """Whether the self-signed certificate is in use, or has to be at hand in place of one that a CA issues."""
    settings = reading.settings
    return ROLES[settings.role].mta and (settings.own_certificate or settings.has_acme)


def settle_self_signed(hostname: str, folder: Path, now: datetime) -> None:
    """A self-signed certificate for ``hostname`` is in ``folder`` afterwards; a valid one is kept."""
    chain, key = folder / "cert.pem", folder / "key.pem"
    if chain.exists() and key.exists():
        kept = certificates.certificate(chain.read_text(), key.read_text(), str(chain), str(key))
        if isinstance(kept, Certificate) and kept.not_after > now and certificates.covers(kept.names, hostname):
            return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    certificate_pem, key_pem = self_signed(hostname, now)
    write_durably(key, key_pem, 0o600)
    write_durably(chain, certificate_pem, 0o644)


def settle_srs_secret(path: Path, former: Iterable[Path] = ()) -> None:
    """An SRS secret is at ``path`` afterwards: the present one, the first of the ``former`` files, or a new one."""
    if path.exists() and path.read_bytes().strip():
        return
    former_secret = next((file.read_text(encoding="ascii", errors="replace") for file in former if file.is_file()), "")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_durably(path, former_secret if former_secret.strip() else srs_secret(), 0o600)


def srs_secret() -> str:
    """A new SRS secret."""
    return f"{secrets.token_hex(24)}\n"


def self_signed(hostname: str, now: datetime) -> tuple[str, str]:
    """A new certificate and its key (ECDSA on P-256) for ``hostname``, valid for ten years, as PEM texts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hostname[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - timedelta(hours=1))
        .not_valid_after(now.astimezone(UTC) + TEN_YEARS)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(hostname)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM).decode(), key_pem.decode()
