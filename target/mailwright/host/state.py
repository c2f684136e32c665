"""State: folders that outlive the container, and the certificate of our own."""

from __future__ import annotations

import grp
import os
import pwd
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mailwright.core import paths
from mailwright.core.tree import Folder
from mailwright.formats import certificates
from mailwright.formats.certificates import Certificate
from mailwright.model import certificates as tls
from mailwright.model import mailserver
from mailwright.model.sources import Sources
from mailwright.settings import Settings

TEN_YEARS = timedelta(days=3650)


def settle_all(sources: Sources) -> None:
    """The certificate and the secret of our own exist afterwards, if the settings use them."""
    chosen = mailserver.settings_of(sources)
    if chosen.own_certificate:
        hostname, _ = mailserver.names(chosen, sources.fqdn)
        settle_self_signed(hostname, Path(paths.SELF_SIGNED), sources.now)
    if chosen.own_srs_secret:
        settle_srs_secret(Path(paths.SRS_SECRET), [Path(it) for it in paths.FORMER_SRS_SECRETS])


def prepare(folders: Iterable[Folder]) -> None:
    """``folders`` exist afterwards with their owners and modes, and with the files and links that belong in them."""
    for folder in folders:
        settle(folder)
        for name in folder.files:
            if not Path(folder.path, name).exists():
                Path(folder.path, name).touch(0o640)
        if folder.links_to:
            settle_links(Path(folder.links_to), Path(folder.path))


def owner_ids(owner: str) -> tuple[int, int]:
    """``user:group``, names or numbers, as numbers; KeyError when there is no such user."""
    user, _, group = owner.partition(":")
    uid = int(user) if user.isdigit() else pwd.getpwnam(user).pw_uid
    return uid, int(group) if group.isdigit() else grp.getgrnam(group).gr_gid


def settle(folder: Folder) -> None:
    """The folder exists afterwards with its owner and mode."""
    path = Path(folder.path)
    path.mkdir(parents=True, exist_ok=True)
    status, wanted = path.stat(), owner_ids(folder.owner)
    if (status.st_uid, status.st_gid) != wanted:
        # A volume of another image, whose users have other numbers.
        for item in (path, *(path.rglob("*") if folder.whole else ())):
            os.chown(item, *wanted, follow_symlinks=False)
    if status.st_mode & 0o7777 != folder.mode:
        path.chmod(folder.mode)


def settle_links(shipped: Path, folder: Path) -> None:
    """Links to the ``shipped`` files lie in ``folder`` afterwards, and no dead links."""
    for path in folder.iterdir():
        if path.is_symlink() and not path.exists():
            path.unlink()
    for path in shipped.iterdir() if shipped.is_dir() else ():
        target = folder / path.name
        if not target.exists():
            target.symlink_to(path)


def settle_programs(programs: Mapping[str, bytes], home: Path = Path(paths.PROGRAMS)) -> None:
    """``programs`` (path → content), and no others, are below ``home`` afterwards, for everybody to run."""
    if not programs and not home.exists():
        return
    for path in [it for it in home.rglob("*") if it.is_file() and it.relative_to(home).as_posix() not in programs]:
        path.unlink()
    for name, content in programs.items():
        path = home / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f".{path.name}.new")
            fresh.write_bytes(content)
            fresh.chmod(0o755)
            fresh.rename(path)


def settle_self_signed(hostname: str, folder: Path, now: datetime) -> None:
    """A self-signed certificate for ``hostname`` is in ``folder`` afterwards; one that serves is kept."""
    chain, key = folder / "cert.pem", folder / "key.pem"
    if chain.exists() and key.exists():
        held = certificates.certificate(chain.read_text(), key.read_text(), str(chain), str(key))
        if isinstance(held, Certificate) and held.not_after > now and certificates.covers(held.names, hostname):
            return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    certificate_pem, key_pem = self_signed(hostname, now)
    _write(key, key_pem, 0o600)
    _write(chain, certificate_pem, 0o644)


def settle_srs_secret(path: Path, former: Iterable[Path] = ()) -> None:
    """A secret of SRS is at ``path`` afterwards: the one that was there or at a ``former`` place, or a new one."""
    if path.exists() and path.read_bytes().strip():
        return
    held = next((it.read_text(encoding="ascii", errors="replace") for it in former if it.is_file()), "")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(path, held if held.strip() else srs_secret(), 0o600)


def srs_secret() -> str:
    """A new secret for SRS."""
    return f"{secrets.token_hex(24)}\n"


def _write(path: Path, text: str, mode: int) -> None:
    fresh = path.with_suffix(".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)
    fresh.rename(path)


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


def with_some_certificate(sources: Sources, chosen: Settings, hostname: str) -> Sources:
    """``sources`` with a fresh certificate in memory where the state has none yet; nothing is written."""
    if not chosen.own_certificate or isinstance(sources.files.get(tls.OWN.chain), bytes):
        return sources
    chain, key = self_signed(hostname, sources.now)
    return replace(sources, files={**sources.files, tls.OWN.chain: chain.encode(), tls.OWN.keys[0]: key.encode()})


def with_some_srs_secret(sources: Sources, chosen: Settings) -> Sources:
    """``sources`` with a fresh secret of SRS in memory where the state has none yet; nothing is written."""
    if not chosen.own_srs_secret or isinstance(sources.files.get(paths.SRS_SECRET), bytes):
        return sources
    return replace(sources, files={**sources.files, paths.SRS_SECRET: srs_secret().encode()})
