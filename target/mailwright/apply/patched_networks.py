"""Who sends without a login after user-patches.sh: no gateway, and nobody by an address in a PROXY header."""

from __future__ import annotations

from collections.abc import Iterable

from mailwright.core.problems import Problem
from mailwright.host.commands import run
from mailwright.model.operator_networks import MYNETWORKS, excluded
from mailwright.model.patches import PATCHES

UPSTREAM = "postscreen_upstream_proxy_protocol"
PORT_25 = f"smtpd/pass/{MYNETWORKS}"  # what postscreen hands its clients to


def keep_gateways_out(gateways: Iterable[str]) -> list[Problem]:
    """No gateway may send without a login afterwards, unless main.cf names it by itself; a warning if one could."""
    value = run(("postconf", "-hx", MYNETWORKS)).output.strip()
    kept_out = excluded(value, gateways)
    if not kept_out:
        return []
    excluding = " ".join(f"!{gateway}" for gateway in kept_out)
    run(("postconf", "-e", f"{MYNETWORKS} = {excluding} {value}"))
    what = f"has set {MYNETWORKS}: clients in it send without a login; not so {', '.join(kept_out)}"
    hint = "gateways, which stand for any client behind Docker's proxy; a login on port 587 is safer"
    return [Problem(PATCHES, what, hint, warning=True)]


def keep_claims_out() -> list[Problem]:
    """Where a port believes PROXY headers, nobody sends without a login on port 25 afterwards; a warning names it."""
    everywhere = ["main.cf"] if run(("postconf", "-h", UPSTREAM)).output.strip() else []
    ports = [*everywhere, *believing(run(("postconf", "-P", f"*/inet/{UPSTREAM}")).output)]
    if not ports or run(("postconf", "-P", PORT_25)).output.strip().endswith("="):
        return []  # with an override of smtp/inet it is so already
    run(("postconf", "-P", f"{PORT_25}="))
    what = f"lets everybody speak for any client ({', '.join(ports)}), so {MYNETWORKS} does not count on port 25"
    return [Problem(PATCHES, what, "PROXY_PROTOCOL_NETWORKS opens ports for your proxies only", warning=True)]


def believing(options: str) -> list[str]:
    """The services in postconf's ``options`` that expect the PROXY protocol."""
    rows = (row.partition("=") for row in options.splitlines())
    return [name.strip().removesuffix(f"/{UPSTREAM}") for name, _, value in rows if value.strip()]
