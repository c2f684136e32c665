"""mynetworks as user-patches.sh left it: gateways stay out of it, as they do in the files of the config folder."""

from __future__ import annotations

from collections.abc import Iterable

from mailwright.core.problems import Problem
from mailwright.host.commands import run
from mailwright.model.operator_networks import MYNETWORKS, excluded
from mailwright.model.patches import PATCHES


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
