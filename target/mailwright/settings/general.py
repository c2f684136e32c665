"""Settings of the server as a whole."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from mailwright.settings.types import Hostname, MailAddress, Seconds, Switch, SystemId


class General(BaseModel):
    """General"""

    override_hostname: Hostname = Field("", description="The server's full name; empty: the container's own.")
    log_level: Literal["error", "warn", "info", "debug", "trace"] = Field(
        "info", description="How much Mailwright itself says at start."
    )
    supervisor_loglevel: Literal["critical", "error", "warn", "info", "debug"] = Field(
        "warn", description="How much supervisord says."
    )
    dms_vmail_uid: SystemId = Field(5000, description="User number that owns the mail.")
    dms_vmail_gid: SystemId = Field(5000, description="Group number that owns the mail.")
    postmaster_address: MailAddress = Field(
        "",
        description="Gets the mail for postmaster and root; empty: postmaster@DOMAIN "
        "(the host name without its first label when it has more than two).",
    )
    permit_docker: Literal["none", "container", "host", "network", "connected-networks"] = Field(
        "none",
        description="Clients that may send on port 25 without a login: nobody, this container, its /16 network, "
        "172.16.0.0/12, all connected networks. Gateways stay strangers: through them comes the whole world.",
    )
    network_interface: str = Field(
        "eth0", pattern=r"^[A-Za-z0-9_.-]{1,15}$", description="Interface that PERMIT_DOCKER looks at."
    )
    dms_config_poll: Seconds = Field(
        0.5, description="Seconds between two looks at the files; a change is live soon after one."
    )
    tz: str = Field("", description="Time zone of the logs, such as Europe/Berlin; empty: UTC.")
    smtp_only: Switch = Field(
        False, description="Run Postfix without Dovecot: no mailboxes and no login, transfer and relay only."
    )
