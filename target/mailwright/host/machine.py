"""What only this machine knows: its networks, resolvers and mounts, and what this process may do."""

from __future__ import annotations

import fcntl
import socket
import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import NamedTuple

from mailwright.core import paths
from mailwright.formats import mountinfo, resolv_conf
from mailwright.formats.mountinfo import Mount
from mailwright.model.sources import Interface

CLAMD = "/usr/sbin/clamd"
SIOCGIFADDR, SIOCGIFNETMASK = 0x8915, 0x891B


class Machine(NamedTuple):
    """The fields of Sources that no file of the operator's holds."""

    interfaces: tuple[Interface, ...]
    gateways: tuple[IPv4Address, ...]
    nameservers: tuple[str, ...]  # of /etc/resolv.conf
    capabilities: int  # as bits (capabilities(7))
    mounts: tuple[Mount, ...]
    left_out: frozenset[str] = frozenset()  # see Sources


# Stands for the container where a configuration is rendered outside one: what comes out depends on no host.
ANY_CONTAINER = Machine(
    (Interface("lo", IPv4Interface("127.0.0.1/8")), Interface("eth0", IPv4Interface("172.17.0.2/16"))),
    (IPv4Address("172.17.0.1"),),
    (),
    (1 << 64) - 1,
    (),
)


def machine() -> Machine:
    """The facts of this container; outside one, those of ANY_CONTAINER."""
    if not Path(paths.IMAGE).is_dir():
        return ANY_CONTAINER
    return Machine(tuple(_interfaces()), tuple(_gateways()), _nameservers(), capabilities(), mounts(), left_out())


def left_out() -> frozenset[str]:
    """What this image was built without, see Sources."""
    return frozenset() if Path(CLAMD).exists() else frozenset({"ClamAV"})


def mounts() -> tuple[Mount, ...]:
    """The mounts of this container."""
    return mountinfo.mounts(Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape"))


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


def capabilities() -> int:
    """The capabilities of this process (proc_pid_status(5))."""
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("CapEff:"))


def _nameservers() -> tuple[str, ...]:
    """The resolvers that the container is given."""
    file = Path("/etc/resolv.conf")
    return resolv_conf.servers(file.read_text(encoding="ascii", errors="replace")) if file.is_file() else ()


def _gateways() -> Iterator[IPv4Address]:
    """The gateways of the IPv4 routes (/proc/net/route, addresses in host byte order)."""
    for line in Path("/proc/net/route").read_text(encoding="ascii").splitlines()[1:]:
        gateway = int(line.split()[2], 16)
        if gateway:
            yield IPv4Address(struct.pack("=I", gateway))
