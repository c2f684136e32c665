"""SRS: rewrites the sender of forwarded mail, so that it passes SPF and bounces come back."""

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
    """The path of our own secret, if SRS_SECRET is not set."""
    return (paths.SRS_SECRET,) if settings.own_srs_secret else ()


def srs(inputs: Inputs) -> tuple[Srs | None, list[Problem]]:
    """The Srs of the settings, and the Problems with them."""
    settings, variables = inputs.settings, inputs.variables
    if not settings.enable_srs:
        names = sorted(name for name in variables.values if name.startswith("SRS_") and variables.is_chosen(name))
        return None, [variables.warning(name, "has no effect without ENABLE_SRS=1") for name in names]
    secrets = settings.srs_secret
    if settings.own_srs_secret:
        content = inputs.sources.files.get(paths.SRS_SECRET)
        if not isinstance(content, bytes):
            reason = content.reason if content else "does not exist"
            return None, [Problem(paths.SRS_SECRET, f"the SRS secret {reason}", "or set SRS_SECRET")]
        secrets = ",".join(content.decode("ascii", "replace").split())
    classes = (ENVELOPE, HEADER) if settings.srs_sender_classes == "both" else settings.srs_sender_classes.split(",")
    return Srs(
        settings.srs_domainname or inputs.reading.domain,
        tuple(secrets.split(",")),
        tuple(classes),
        tuple(filter(None, settings.srs_exclude_domains.split(","))),
    ), []


def unreachable(srs: Srs | None, variables: Variables, domains: Collection[str]) -> list[Problem]:
    """A warning if bounces to rewritten senders would be refused; ``domains`` are those whose mail we accept."""
    if not srs or srs.domain in domains or not domains:
        return []
    origin = variables.origin("SRS_DOMAINNAME" if "SRS_DOMAINNAME" in variables else "ENABLE_SRS")
    what = f"SRS_DOMAINNAME: {srs.domain} is not one of our mail domains: bounces to rewritten senders are refused"
    return [Problem(origin, what, f"SRS_DOMAINNAME={min(domains)}, or add an alias in {srs.domain}", True)]
