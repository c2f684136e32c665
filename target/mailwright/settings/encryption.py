"""Settings of encryption at rest."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailwright.settings.section import Section


class Encryption(Section):
    """Encryption at rest"""

    mail_crypt: Literal["off", "global", "user"] = Field(
        "off",
        description="With which key Dovecot encrypts mail before it is stored (mail_crypt): off, global (the newest of "
        "mail-crypt/ in the config folder), or user (one that only the user's password opens). Encrypted mail stays "
        "readable with off, while its key is there.",
    )
    encryption_failure_action: Literal["defer", "deliver"] = Field(
        "defer",
        description="What becomes of mail for a user with a key in encryption/ that cannot be encrypted, such as with "
        "an expired key: defer (it waits, and its sender is told after five days), or deliver (in clear text).",
    )
