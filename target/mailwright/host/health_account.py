"""The probe account, with which only the health check logs in. Its password and its mailbox are on tmpfs."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from mailwright.core import paths
from mailwright.host.files import write
from mailwright.host.state import owner_ids

OWNER = "dovecot:root"
NETS = "allow_nets=127.0.0.0/8,::1"


def settle(uid: int, gid: int, folder: Path = Path(paths.HEALTH)) -> None:
    """The account has a new password, and an empty mailbox that belongs to ``uid`` and ``gid``."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    os.chown(home, uid, gid)
    fields = f"{NETS} userdb_mail_path={home}/mail"
    row = f"{paths.HEALTH_ADDRESS}:{{PLAIN}}{secrets.token_hex(24)}:{uid}:{gid}::{home}::{fields}\n"
    write(folder / "passwd", row.encode(), 0o400, owner_ids(OWNER))
