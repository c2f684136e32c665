"""Settings of the numbers for monitoring."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from mailwright.settings.section import Section
from mailwright.settings.types import PRIVATE, Networks

BEARER = re.compile(r"[A-Za-z0-9._~+/-]{16,}=*", re.ASCII)  # RFC 6750, section 2.1


def _bearer_token(text: object) -> str:
    word = str(text).strip()
    if word and not BEARER.fullmatch(word):
        raise ValueError("is not a token: 16 or more of the characters A-Z a-z 0-9 - . _ ~ + /")
    return word


BearerToken = Annotated[str, BeforeValidator(_bearer_token), "16 or more of A-Z a-z 0-9 - . _ ~ + /"]


class Metrics(Section):
    """Metrics"""

    metrics_token: BearerToken = Field(
        "",
        description="The web server answers /metrics to clients that send this token (Authorization: Bearer). Needs "
        "ENABLE_WEB=1. Empty, with an empty METRICS_NETWORKS: there is no /metrics.",
        json_schema_extra=PRIVATE,
    )
    metrics_networks: Networks = Field(
        "",
        description="The web server answers /metrics to clients with these addresses only; without METRICS_TOKEN they "
        "need no token.",
    )
