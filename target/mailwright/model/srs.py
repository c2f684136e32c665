"""Forwarding: how the sender of mail that is passed on is rewritten (SRS), so that bounces find their way back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from mailwright.core import paths
from mailwright.core.problems import Problem
from mailwright.model.inputs import Inputs
from mailwright.model.variables import Variables
from mailwright.settings import Settings

HEADER, ENVELOPE = "header_sender", "envelope_sender"


@dataclass(frozen=True, slots=True)
class Srs:
    """The Sender Rewriting Scheme of this server. The first secret signs, all of them verify."""

    domain: str
    secrets: tuple[str, ...] = field(repr=False)
    classes: tuple[str, ...] = (ENVELOPE,)
    excluded: tuple[str, ...] = ()  # domains; .example.com is all below it


def wanted_paths(settings: Settings) -> tuple[str, ...]:
    """The secret of our own, where none is said."""
    return (paths.SRS_SECRET,) if settings.own_srs_secret else ()


def srs(inputs: Inputs) -> tuple[Srs | None, list[Problem]]:
    """The Srs that is asked for, and what is wrong with its settings."""
    settings, variables = inputs.settings, inputs.variables
    if not settings.enable_srs:
        names = sorted(name for name in variables.values if name.startswith("SRS_"))
        return None, [variables.warning(name, "has no effect without ENABLE_SRS=1") for name in names]
    secrets = settings.srs_secret
    if settings.own_srs_secret:
        content = inputs.sources.files.get(paths.SRS_SECRET)
        if not isinstance(content, bytes):
            reason = content.reason if content else "is not there"
            return None, [Problem(paths.SRS_SECRET, f"the secret of SRS {reason}", "or set SRS_SECRET")]
        secrets = ",".join(content.decode("ascii", "replace").split())
    classes = (ENVELOPE, HEADER) if settings.srs_sender_classes == "both" else settings.srs_sender_classes.split(",")
    return Srs(
        settings.srs_domainname or inputs.reading.domain,
        tuple(secrets.split(",")),
        tuple(classes),
        tuple(filter(None, settings.srs_exclude_domains.split(","))),
    ), []


def unreachable(found: Srs | None, variables: Variables, domains: Collection[str]) -> list[Problem]:
    """A warning when bounces to rewritten senders would not arrive; ``domains`` are those whose mail we accept."""
    if not found or found.domain in domains or not domains:
        return []
    origin = variables.origin("SRS_DOMAINNAME" if "SRS_DOMAINNAME" in variables else "ENABLE_SRS")
    what = f"SRS_DOMAINNAME: {found.domain} is not a domain of ours, so bounces to rewritten senders are refused"
    return [Problem(origin, what, f"SRS_DOMAINNAME={min(domains)}, or give {found.domain} an alias", True)]
