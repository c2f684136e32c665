"""State: folders that outlive the container, and the certificate of our own."""

from __future__ import annotations

import grp
import os
import pwd
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mailwright.core import paths, sockets
from mailwright.formats import certificates
from mailwright.formats.certificates import Certificate
from mailwright.model import certificates as tls
from mailwright.model import mailserver
from mailwright.model.sources import Sources
from mailwright.settings import Settings

# Postfix's queues as its own postfix-files lists them.
QUEUES = "active bounce corrupt defer deferred flush hold incoming private saved trace".split()
TEN_YEARS = timedelta(days=3650)


def settle_all(sources: Sources) -> None:
    """The state's folders are there afterwards, and the certificate of our own if that is the one to use."""
    chosen = mailserver.settings_of(sources)
    for directory in directories(chosen):
        settle(directory)
    if chosen.enable_fail2ban:
        Path(paths.LOG, "mail.log").touch(0o640)  # it watches what is there
    if chosen.enable_rspamd:
        settle_cache(Path(paths.RSPAMD_CACHE), Path(paths.RSPAMD_STATE))
    if chosen.own_certificate:
        hostname, _ = mailserver.names(chosen, sources.fqdn)
        settle_self_signed(hostname, Path(paths.SELF_SIGNED), sources.now)
    if chosen.own_srs_secret:
        settle_srs_secret(Path(paths.SRS_SECRET), [Path(it) for it in paths.FORMER_SRS_SECRETS])


@dataclass(frozen=True, slots=True)
class Directory:
    """A folder that must be there before the daemons start."""

    path: str
    owner: str
    mode: int
    whole: bool = False  # what is in it belongs to the same owner


def directories(settings: Settings) -> tuple[Directory, ...]:
    """Every folder that a daemon expects to find."""
    mail = f"{settings.dms_vmail_uid}:{settings.dms_vmail_gid}"
    return (
        Directory(paths.MAIL, mail, 0o751),
        Directory(paths.LOG, "root:root", 0o755),
        Directory(paths.STATE, "root:root", 0o755),
        Directory(paths.POSTFIX_DATA, "postfix:postfix", 0o700, whole=True),
        Directory(paths.DOVECOT_STATE, "root:root", 0o755),
        Directory(paths.QUEUE, "root:root", 0o755),
        Directory(f"{paths.QUEUE}/pid", "root:root", 0o755),
        Directory(f"{paths.QUEUE}/public", "postfix:postdrop", 0o710),
        Directory(f"{paths.QUEUE}/maildrop", "postfix:postdrop", 0o730, whole=True),
        *(_filter_directories(settings) if settings.enable_rspamd else ()),
        *(_ban_directories() if settings.enable_fail2ban else ()),
        *(_policy_directories() if settings.enable_mta_sts else ()),
        *(Directory(f"{paths.QUEUE}/{name}", "postfix:root", 0o700, whole=True) for name in QUEUES),
    )


def _ban_directories() -> Iterator[Directory]:
    """Where fail2ban keeps its bans, and its socket."""
    yield Directory(paths.FAIL2BAN_STATE, "root:root", 0o750)
    yield Directory("/run/fail2ban", "root:root", 0o750)


def _policy_directories() -> Iterator[Directory]:
    """Where policies of other domains are kept, and the socket to ask for them."""
    yield Directory(paths.MTA_STS_STATE, "_mta-sts:_mta-sts", 0o750, whole=True)
    yield Directory(str(Path(sockets.MTA_STS).parent), "_mta-sts:postfix", 0o750)


def _filter_directories(settings: Settings) -> Iterator[Directory]:
    """Where the filters keep what they learn, and where their sockets lie: each group may reach one of them."""
    yield Directory(paths.RSPAMD_STATE, "_rspamd:_rspamd", 0o750, whole=True)
    yield Directory(str(Path(sockets.MILTER).parent), "_rspamd:postfix", 0o750)
    yield Directory(str(Path(sockets.RSPAMD_CONTROLLER).parent), f"_rspamd:{settings.dms_vmail_gid}", 0o750)
    if settings.enable_rspamd_redis:
        yield Directory(paths.REDIS_STATE, "redis:redis", 0o750, whole=True)
        yield Directory(str(Path(sockets.REDIS).parent), "redis:_rspamd", 0o750)
    if settings.enable_clamav:
        yield Directory(paths.CLAMAV_STATE, "clamav:clamav", 0o755, whole=True)
        yield Directory(str(Path(sockets.CLAMD).parent), "clamav:_rspamd", 0o750)


def owner_ids(owner: str) -> tuple[int, int]:
    """``user:group``, names or numbers, as numbers; KeyError when there is no such user."""
    user, _, group = owner.partition(":")
    uid = int(user) if user.isdigit() else pwd.getpwnam(user).pw_uid
    return uid, int(group) if group.isdigit() else grp.getgrnam(group).gr_gid


def settle(directory: Directory) -> None:
    """The folder is there with its owner and mode afterwards."""
    path = Path(directory.path)
    path.mkdir(parents=True, exist_ok=True)
    status, wanted = path.stat(), owner_ids(directory.owner)
    if (status.st_uid, status.st_gid) != wanted:
        # A volume of another image, whose users have other numbers.
        for item in (path, *(path.rglob("*") if directory.whole else ())):
            os.chown(item, *wanted, follow_symlinks=False)
    if status.st_mode & 0o7777 != directory.mode:
        path.chmod(directory.mode)


def settle_cache(shipped: Path, state: Path) -> None:
    """Links to the ``shipped`` files lie in ``state`` afterwards, and none to others.

    Rspamd compiles its patterns for the machine's processor, ten seconds long, unless it finds the work done.
    """
    for path in state.iterdir():
        if path.is_symlink() and not path.exists():
            path.unlink()
    for path in shipped.iterdir() if shipped.is_dir() else ():
        target = state / path.name
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
