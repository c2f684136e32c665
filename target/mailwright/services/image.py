"""What the image and every server hold for no single daemon."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import paths
from mailwright.core.tree import Folder
from mailwright.services.declaration import User
from mailwright.settings import Settings

# dms holds the certificates, supervisor what supervisord reads.
ETC = ("dms", "supervisor")
USERS = (User("vmail", 5000),)  # owns all mail, unless DMS_VMAIL_UID says otherwise
PACKAGES = (
    "tini",  # PID 1
    "supervisor",
    "procps",  # pgrep and pkill in the scripts that run daemons
    "iproute2",  # ss: docker-mailserver's compose.yaml has it as the health check
    "less",
    "curl",
    "bind9-dnsutils",  # dig
    "openssl",
    "ca-certificates",
    "tzdata",
    "systemd-standalone-sysusers",  # in place of systemd, which clamav-base would bring
    # Mailwright itself.
    "python3-bcrypt",
    "python3-click",
    "python3-cryptography",
    "python3-dnspython",
    "python3-dotenv",
    "python3-jinja2",
    "python3-pydantic",
)


def state(settings: Settings) -> Iterator[Folder]:
    """The folders of every server: mail, logs, state."""
    yield Folder(paths.MAIL, f"{settings.dms_vmail_uid}:{settings.dms_vmail_gid}", 0o751)
    yield Folder(paths.LOG, "root:root", 0o755)
    yield Folder(paths.STATE, "root:root", 0o755)
