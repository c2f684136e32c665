"""Who may read the numbers of /metrics (METRICS_TOKEN, METRICS_NETWORKS)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address, ip_network

from mailwright.core.problems import Problem
from mailwright.model import networks
from mailwright.model.inputs import Inputs

NEEDS = "has no effect without ENABLE_WEB=1"


@dataclass(frozen=True, slots=True)
class Metrics:
    """Who is answered. Each rule that is given must be met."""

    digest: str = ""  # SHA-256 of the token, in hex; empty: no token is needed
    networks: tuple[str, ...] = ()  # empty: any address
    strangers: tuple[str, ...] = ()  # addresses and networks that may be anybody's


def metrics(inputs: Inputs) -> tuple[Metrics | None, list[Problem]]:
    """Who is answered; None if nobody is. Without a token, no gateway is: clients behind Docker's proxy have it."""
    settings, variables = inputs.settings, inputs.variables
    token, stated = settings.metrics_token, tuple(filter(None, settings.metrics_networks.split(",")))
    if not token and not stated:
        return None, []
    if not settings.enable_web:
        names = [name for name in ("METRICS_TOKEN", "METRICS_NETWORKS") if name in variables]
        return None, [variables.warning(name, NEEDS) for name in names]
    if token:
        return Metrics(sha256(token.encode("ascii")).hexdigest(), stated), []
    nets, (gateways, _) = [ip_network(word) for word in stated], networks.gateways(inputs)
    strangers = tuple(gateway for gateway in gateways if any(ip_address(gateway) in net for net in nets))
    problems = []
    if strangers:
        what = f"clients behind Docker's proxy have the address {', '.join(strangers)}; it gets no numbers"
        problems.append(variables.warning("METRICS_NETWORKS", what, "set METRICS_TOKEN too"))
    return Metrics("", stated, strangers), problems
