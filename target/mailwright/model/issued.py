"""Where the state keeps what a CA issued to this server (SSL_TYPE=acme), and whether it is in use."""

from __future__ import annotations

from collections.abc import Iterable

from mailwright.core import paths
from mailwright.formats.certificates import Certificate

PENDING = "`setup acme status` shows how far it is"


def place(name: str) -> str:
    """The certificate of ``name``, its chain and its key: one file, so that all change at once."""
    return f"{paths.ACME_LIVE}/{name}.pem"


def next_public(name: str) -> str:
    """The public part of the key that the next certificate of ``name`` gets; missing if it keeps its key."""
    return f"{paths.ACME_LIVE}/{name}.next.pub"


def are_issued(certificates: Iterable[Certificate]) -> bool:
    """Whether somebody else issued ``certificates``: none is the self-signed one that the server makes itself."""
    return not any(one.where.startswith(f"{paths.SELF_SIGNED}/") for one in certificates)
