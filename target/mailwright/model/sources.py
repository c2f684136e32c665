"""Sources: an immutable snapshot of everything that was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Interface

from mailwright.core import paths
from mailwright.core.textfile import TextFile
from mailwright.formats.mountinfo import Mount


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A path that should be a file and cannot be read; ``reason`` completes a message."""

    reason: str


Content = bytes | Unreadable
EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface of the container and its address with the net behind it."""

    name: str
    address: IPv4Interface


@dataclass(frozen=True)
class Sources:
    """What the operator gave, and what only the machine knows."""

    environ: Mapping[str, str] = field(default_factory=dict)
    env_file: TextFile | None = None  # given on the command line; stands for the environment
    config: Mapping[str, Content] = field(default_factory=dict)  # by path below the config folder
    config_path: str = paths.CONFIG  # where the config folder lies
    files: Mapping[str, Content] = field(default_factory=dict)  # secrets and certificates, by absolute path
    templates: Mapping[str, TextFile] = field(default_factory=dict)  # by path below templates/, the operator's on top
    fqdn: str = ""
    interfaces: tuple[Interface, ...] = ()
    gateways: tuple[IPv4Address, ...] = ()
    nameservers: tuple[str, ...] = ()  # of /etc/resolv.conf
    capabilities: int = 0  # what this container may do, as bits (capabilities(7))
    mounts: tuple[Mount, ...] = ()
    left_out: frozenset[str] = frozenset()  # what the image was built without: ClamAV
    timezones: frozenset[str] = frozenset()
    now: datetime = EPOCH
