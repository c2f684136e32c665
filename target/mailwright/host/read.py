"""read_sources(): the only reader of the world. Everything after it is a pure function of what it found."""

from __future__ import annotations

import fcntl
import os
import socket
import stat
import struct
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

from mailwright.core import paths
from mailwright.core.problems import ConfigurationError, Problem
from mailwright.core.textfile import TextFile, decode
from mailwright.formats import resolv_conf
from mailwright.model import certificates, mailserver, srs
from mailwright.model.config_folder import DEEP_FOLDERS, PROGRAM_FOLDERS
from mailwright.model.sources import Content, Interface, Sources, Unreadable

MAX_FILE = 256 << 20
SIOCGIFADDR, SIOCGIFNETMASK = 0x8915, 0x891B
PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Places:
    """Where to read. The defaults are the container's; a command line may name others."""

    config: Path = Path(paths.CONFIG)
    env_file: Path | None = None
    root: Path = Path("/")  # where absolute paths of certificates and secrets are looked up


def read_sources(places: Places, environ: Mapping[str, str]) -> Sources:
    """A snapshot of everything that the configuration depends on."""
    config = read_folder(places.config)
    env_file = read_text(places.env_file) if places.env_file else None
    fqdn = socket.getfqdn()
    seen = Sources(environ=environ, env_file=env_file, config=config, fqdn=fqdn)
    seen = replace(seen, files=_read_all(mailserver.secret_paths(seen), places))
    chosen = mailserver.settings_of(seen)
    hostname, domain = mailserver.names(chosen, fqdn)
    wanted = (*certificates.wanted_paths(chosen, hostname, domain, str(places.config)), *srs.wanted_paths(chosen))
    return replace(
        seen,
        files={**seen.files, **_read_all(wanted, places)},
        templates=read_templates(places.config / "templates"),
        interfaces=tuple(_interfaces()),
        gateways=tuple(_gateways()),
        nameservers=_nameservers(),
        capabilities=_capabilities(),
        timezones=frozenset(zoneinfo.available_timezones()) if chosen.tz else frozenset(),
        now=datetime.now(UTC),
    )


def with_own_certificate(sources: Sources) -> Sources:
    """``sources`` with the certificate that lies in the state."""
    return replace(sources, files={**sources.files, **_read_all(certificates.OWN.all(), Places())})


def with_own_srs_secret(sources: Sources) -> Sources:
    """``sources`` with the secret of SRS that lies in the state."""
    return replace(sources, files={**sources.files, **_read_all((paths.SRS_SECRET,), Places())})


def _read_all(wanted: Iterable[str], places: Places) -> dict[str, Content]:
    inside = f"{places.config}/"
    return {path: read_file(Path(path) if path.startswith(inside) else _below(places.root, path)) for path in wanted}


def _below(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def read_file(path: Path) -> Content:
    """The bytes of ``path``, or why there are none. Never blocks on a FIFO, never reads a device."""
    try:
        # Non-blocking, since opening a FIFO would wait for a writer.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return Unreadable("is not a regular file")
            if status.st_size > MAX_FILE:
                return Unreadable(f"is larger than {MAX_FILE >> 20} MiB")
            return file.read()
    except FileNotFoundError:
        return Unreadable("leads to nothing" if path.is_symlink() else "is not there")
    except IsADirectoryError:
        return Unreadable("is a folder, not a file")
    except OSError as error:
        return Unreadable(f"can't be read: {(error.strerror or 'error').lower()}")


def read_text(path: Path) -> TextFile:
    """The text of a file that the command line names; OSError when there is none."""
    return TextFile(path.name, path.read_text(encoding="utf-8-sig").replace("\r\n", "\n"))


def read_folder(folder: Path) -> dict[str, Content]:
    """The files at the top of the config folder and of the folders that are read; of others only the name."""
    if not folder.is_dir():
        return {}
    found: dict[str, Content] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        is_expected_folder = path.is_dir() and not path.name.endswith((".cf", ".env", ".sh"))
        found[path.name] = b"" if is_expected_folder else read_file(path)
    for name in PROGRAM_FOLDERS:
        found |= {f"{name}/{path.name}": read_file(path) for path in sorted(folder.joinpath(name).glob("[!.]*"))}
    for name in DEEP_FOLDERS:
        found |= {
            path.relative_to(folder).as_posix(): read_file(path)
            for path in sorted(folder.joinpath(name).rglob("[!.]*"))
            if not path.is_dir()
        }
    return found


def read_templates(operators: Path | None = None) -> dict[str, TextFile]:
    """All templates by path: the image's, over them those of a derived image, over them the operator's."""
    found: dict[str, TextFile] = {}
    shipped = PACKAGE / "templates" if (PACKAGE / "templates").is_dir() else PACKAGE.parents[1] / "templates"
    folders = [(shipped, "templates"), (Path(paths.DERIVED_TEMPLATES), paths.DERIVED_TEMPLATES)]
    for folder, label in [*folders, *([(operators, "templates")] if operators else [])]:
        for path in sorted(folder.rglob("*.j2")) if folder.is_dir() else []:
            name = path.relative_to(folder).as_posix()
            found[name] = _template(path, f"{label}/{name}")
    return found


def _template(path: Path, name: str) -> TextFile:
    """The template ``path``; ConfigurationError when it can't be read, since what it would say can't be left out."""
    content = read_file(path)
    if isinstance(content, Unreadable):
        raise ConfigurationError([Problem(name, content.reason)])
    text, problems = decode(name, content)
    if problems:
        raise ConfigurationError(problems)
    return text


def _interfaces() -> Iterator[Interface]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode()[:15])
            try:
                address, mask = (
                    IPv4Address(fcntl.ioctl(probe, call, request)[20:24]) for call in (SIOCGIFADDR, SIOCGIFNETMASK)
                )
            except OSError:
                continue  # has no IPv4 address
            yield Interface(name, IPv4Interface(f"{address}/{mask}"))


def _capabilities() -> int:
    """The capabilities of this process (proc_pid_status(5))."""
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("CapEff:"))


def _nameservers() -> tuple[str, ...]:
    """The resolvers that the container is given."""
    content = read_file(Path("/etc/resolv.conf"))
    return resolv_conf.servers(content.decode("ascii", "replace")) if isinstance(content, bytes) else ()


def _gateways() -> Iterator[IPv4Address]:
    """The gateways of the IPv4 routes (/proc/net/route, addresses in host byte order)."""
    for line in Path("/proc/net/route").read_text(encoding="ascii").splitlines()[1:]:
        gateway = int(line.split()[2], 16)
        if gateway:
            yield IPv4Address(struct.pack("=I", gateway))
