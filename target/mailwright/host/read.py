"""read(): the only reader of the world. Everything after it is a pure function of what it found."""

from __future__ import annotations

import os
import socket
import stat
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from glob import glob
from pathlib import Path
from typing import NamedTuple

from mailwright.core import paths
from mailwright.core.problems import ConfigurationError, Problem
from mailwright.core.textfile import TextFile, decode
from mailwright.host.machine import machine
from mailwright.host.stamps import look, stamp
from mailwright.model import (
    acme,
    certificates,
    cluster,
    dovecot_includes,
    fetching_files,
    mail_crypt,
    oauth2,
    operator_tables,
    saslauthd,
    sni,
    srs,
)
from mailwright.model.config_folder import DEEP_FOLDERS, PROGRAM_FOLDERS
from mailwright.model.overrides import DOVECOT
from mailwright.model.provisioners import ldap_tls, sql
from mailwright.model.reading import Reading
from mailwright.model.sources import Content, Sources, Unreadable
from mailwright.model.variables import statements, variables
from mailwright.settings import Settings

MAX_FILE = 256 << 20
PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Places:
    """Where to read. The defaults are the container's; a command line may name others."""

    config: Path = Path(paths.CONFIG)
    env_file: Path | None = None
    root: Path = Path("/")  # where absolute paths of certificates and secrets are looked up


def read(places: Places, environ: Mapping[str, str]) -> Reading:
    """Everything that the configuration depends on, each file once, after its stamp was taken.

    Two phases: the environment and the config folder, which name secrets; then the files that the settings name.
    """
    folder_stamps = look(str(places.config), ())
    sources = Sources(
        environ=environ,
        env_file=read_text(places.env_file) if places.env_file else None,
        config=read_folder(places.config),
        config_path=str(places.config),
        fqdn=socket.getfqdn(),
    )
    stated = statements(sources)
    secrets = read_all(stated.secrets().values(), places)
    reading = Reading(sources, variables(stated, secrets.contents), {**folder_stamps, **secrets.stamps})
    named = read_all(wanted_paths(reading, places.root), places)
    return replace(
        reading,
        sources=replace(
            sources,
            files={**secrets.contents, **named.contents},
            templates=read_templates(places.config / "templates"),
            timezones=frozenset(zoneinfo.available_timezones()) if reading.settings.tz else frozenset(),
            now=datetime.now(UTC),
            **machine()._asdict(),
        ),
        stamps={**reading.stamps, **named.stamps},
    )


def wanted_paths(reading: Reading, root: Path) -> tuple[str, ...]:
    """The certificates and secrets that the settings name, and the tables that overrides name."""
    settings, config = reading.settings, reading.sources.config_path
    live = _live(settings, root)
    pairs = certificates.wanted_paths(settings, reading.hostname, reading.domain, config, live)
    further = sni.wanted_paths(settings, config, live)
    parts = (acme, cluster, srs, mail_crypt, oauth2, saslauthd, ldap_tls, sql)
    named = (path for part in parts for path in part.wanted_paths(settings))
    by_files = (path for part in (operator_tables, fetching_files) for path in part.wanted_paths(reading.sources))
    patterns = dovecot_includes.wanted_paths(reading.sources, DOVECOT)
    included = (path for pattern in patterns for path in _matching(pattern, root, config))
    return tuple(dict.fromkeys((*pairs, *further, *named, *by_files, *included)))


def _matching(pattern: str, root: Path, config: str) -> Iterator[str]:
    """The files that ``pattern`` names, and the folder in which more can appear."""
    if not dovecot_includes.PATTERN.search(pattern):
        yield pattern
        return
    top = "" if pattern.startswith(f"{config}/") else str(root).rstrip("/")
    yield pattern.rpartition("/")[0]
    yield from (path.removeprefix(top) for path in sorted(glob(f"{top}{pattern}")))  # noqa: PTH207  as Dovecot does


def _live(settings: Settings, root: Path) -> tuple[str, ...]:
    """The names of certbot's folders, or of the files of certificates that the server got itself."""
    if settings.has_acme:
        return _names(_below(root, paths.ACME_LIVE))
    return _folders(_below(root, certificates.LIVE)) if settings.ssl_type == "letsencrypt" else ()


def _names(place: Path) -> tuple[str, ...]:
    """The names of what is in ``place`` and is not under way; none if it cannot be listed."""
    try:
        return tuple(sorted(path.name for path in place.iterdir() if not path.name.startswith(".")))
    except OSError:
        return ()


def _folders(place: Path) -> tuple[str, ...]:
    """The names of the folders in ``place``; none if it cannot be listed."""
    try:
        return tuple(sorted(path.name for path in place.iterdir() if path.is_dir()))
    except OSError:
        return ()


class Files(NamedTuple):
    """Files by absolute path: what they hold, and their stamps from just before they were read."""

    contents: Mapping[str, Content]
    stamps: Mapping[str, tuple[int, ...]]


def read_all(wanted: Iterable[str], places: Places) -> Files:
    """The ``wanted`` files; those outside the config folder are looked up below ``places.root``."""
    names = list(wanted)
    stamps = stamp("", names)
    inside = f"{places.config}/"
    places_of = {path: Path(path) if path.startswith(inside) else _below(places.root, path) for path in names}
    return Files({path: read_file(place) for path, place in places_of.items()}, stamps)


def _below(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def read_file(path: Path) -> Content:
    """The bytes of ``path``, or why it cannot be read. Does not block on a FIFO and does not read a device."""
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
        return Unreadable("is a link to nothing" if path.is_symlink() else "does not exist")
    except IsADirectoryError:
        return Unreadable("is a folder, not a file")
    except OSError as error:
        return Unreadable(f"cannot be read: {(error.strerror or 'error').lower()}")


def read_text(path: Path) -> TextFile:
    """The text of a file that the command line names; OSError when there is none."""
    return TextFile(path.name, path.read_text(encoding="utf-8-sig").replace("\r\n", "\n"))


def read_folder(folder: Path) -> dict[str, Content]:
    """The files of the config folder and of the folders in it that are read; other folders as empty names."""
    if not folder.is_dir():
        return {}
    contents: dict[str, Content] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        is_expected_folder = path.is_dir() and not path.name.endswith((".cf", ".env", ".sh"))
        contents[path.name] = b"" if is_expected_folder else read_file(path)
    for name in PROGRAM_FOLDERS:
        contents |= {f"{name}/{path.name}": read_file(path) for path in sorted(folder.joinpath(name).glob("[!.]*"))}
    for name in DEEP_FOLDERS:
        contents |= {
            path.relative_to(folder).as_posix(): read_file(path)
            for path in sorted(folder.joinpath(name).rglob("[!.]*"))
            if not path.is_dir()
        }
    return contents


def read_templates(operators: Path | None = None) -> dict[str, TextFile]:
    """All templates by path: the image's, over them those of a derived image, over them the operator's."""
    templates: dict[str, TextFile] = {}
    shipped = PACKAGE / "templates" if (PACKAGE / "templates").is_dir() else PACKAGE.parents[1] / "templates"
    folders = [(shipped, "templates"), (Path(paths.DERIVED_TEMPLATES), paths.DERIVED_TEMPLATES)]
    for folder, label in [*folders, *([(operators, "templates")] if operators else [])]:
        for path in sorted(folder.rglob("*.j2")) if folder.is_dir() else []:
            name = path.relative_to(folder).as_posix()
            templates[name] = _template(path, f"{label}/{name}")
    return templates


def _template(path: Path, name: str) -> TextFile:
    """The template ``path``; ConfigurationError when it cannot be read."""
    content = read_file(path)
    if isinstance(content, Unreadable):
        raise ConfigurationError([Problem(name, content.reason)])
    text, problems = decode(name, content)
    if problems:
        raise ConfigurationError(problems)
    return text
