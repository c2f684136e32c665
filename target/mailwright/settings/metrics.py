"""Settings of the numbers for monitoring."""

from __future__ import annotations

from pydantic import BaseModel, Field

from mailwright.settings.types import PRIVATE, BearerToken, Networks


class Metrics(BaseModel):
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
