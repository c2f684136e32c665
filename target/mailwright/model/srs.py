"""Forwarding: how the sender of mail that is passed on is rewritten (SRS), so that bounces find their way back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from mailwright.core import paths
from mailwright.core.problems import Problem
from mailwright.core.values import Said
from mailwright.model.sources import Content
from mailwright.settings import Settings

HEADER, ENVELOPE = "header_sender", "envelope_sender"


@dataclass(frozen=True, slots=True)
class Srs:
    """The Sender Rewriting Scheme of this server. The first secret signs, all of them verify."""

    domain: str
    secrets: tuple[str, ...] = field(repr=False)
    classes: tuple[str, ...] = (ENVELOPE,)
    excluded: tuple[str, ...] = ()  # domains; .example.com is all below it


def wanted_paths(chosen: Settings) -> tuple[str, ...]:
    """The secret of our own, where none is said."""
    return (paths.SRS_SECRET,) if chosen.own_srs_secret else ()


def srs(
    chosen: Settings, said: Mapping[str, Said], files: Mapping[str, Content], domain: str
) -> tuple[Srs | None, list[Problem]]:
    """The Srs that is asked for, and what is wrong with its settings."""
    if not chosen.enable_srs:
        names = sorted(name for name in said if name.startswith("SRS_"))
        return None, [Problem(said[it].origin, f"{it}: has no effect without ENABLE_SRS=1", "", True) for it in names]
    secrets = chosen.srs_secret
    if chosen.own_srs_secret:
        held = files.get(paths.SRS_SECRET)
        if not isinstance(held, bytes):
            reason = held.reason if held else "is not there"
            return None, [Problem(paths.SRS_SECRET, f"the secret of SRS {reason}", "or set SRS_SECRET")]
        secrets = ",".join(held.decode("ascii", "replace").split())
    classes = (ENVELOPE, HEADER) if chosen.srs_sender_classes == "both" else chosen.srs_sender_classes.split(",")
    return Srs(
        chosen.srs_domainname or domain,
        tuple(secrets.split(",")),
        tuple(classes),
        tuple(filter(None, chosen.srs_exclude_domains.split(","))),
    ), []


def doubts(found: Srs | None, said: Mapping[str, Said], taken: Collection[str]) -> list[Problem]:
    """A warning when bounces would not arrive: ``taken`` are the domains whose mail we take."""
    if not found or found.domain in taken or not taken:
        return []
    where = said["SRS_DOMAINNAME" if "SRS_DOMAINNAME" in said else "ENABLE_SRS"].origin
    what = f"SRS_DOMAINNAME: {found.domain} is no domain of ours, so bounces to rewritten senders are refused"
    return [Problem(where, what, f"SRS_DOMAINNAME={min(taken)}, or give {found.domain} an alias", True)]
