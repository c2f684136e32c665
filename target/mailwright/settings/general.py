"""Settings of the server as a whole."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import Hostname, MailAddress, MailUser, Seconds, Switch, SystemId


class General(Section):
    """General"""

    override_hostname: Hostname = Field(
        "", description="Full host name of the server. Empty: the container's host name."
    )
    log_level: Literal["error", "warn", "info", "debug", "trace"] = Field(
        "info", description="How much Mailwright and Rspamd log."
    )
    supervisor_loglevel: Literal["critical", "error", "warn", "info", "debug"] = Field(
        "warn", description="How much supervisord logs."
    )
    log_format: Literal["text", "json"] = Field(
        "text",
        description="Form of the lines on standard output (docker logs): text, or one JSON object a line. The files in "
        "/var/log/mail stay text.",
    )
    dms_vmail_uid: MailUser = Field(5000, description="User number (UID) that owns the mail files.")
    dms_vmail_gid: SystemId = Field(5000, description="Group number (GID) that owns the mail files.")
    postmaster_address: MailAddress = Field(
        "",
        description="Address that receives the mail for postmaster and root. Empty: postmaster@DOMAIN, where DOMAIN is "
        "the host name without its first label if it has more than two.",
    )
    permit_docker: Literal["none", "container", "host", "network", "connected-networks"] = Field(
        "none",
        description="Who may relay on port 25 without a login: none (safe), or this container and its address "
        "(container), the /16 network (host), 172.16.0.0/12 (network), all networks (connected-networks). Gateways may "
        "not: outside clients can have their address.",
    )
    network_interface: str = Field(
        "eth0", pattern=r"^[A-Za-z0-9_.-]{1,15}$", description="Network interface whose address PERMIT_DOCKER uses."
    )
    dms_config_poll: Seconds = Field(
        0.5, description="Seconds between two checks of the files. A change takes effect soon after the next check."
    )
    tz: str = Field("", description="Time zone of the logs, such as Europe/Berlin. Empty: UTC.")
    smtp_only: Switch = Field(
        False, description="Run Postfix without Dovecot: no mailboxes and no logins, only mail transfer and relay."
    )
