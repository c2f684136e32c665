"""Settings of encryption at rest."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class Encryption(BaseModel):
    """Encryption at rest"""

    mail_crypt: Literal["off", "global", "user"] = Field(
        "off",
        description="Whether Dovecot encrypts mail before it is stored (mail_crypt): off, global (with the newest "
        "key of mail-crypt/ in the config folder, see setup mail-crypt key), or user (with a key of each user that "
        "only the user's password opens; a forgotten password is lost mail). Mail that is encrypted stays readable "
        "with off, as long as its key is there.",
    )
    encryption_failure_action: Literal["defer", "deliver"] = Field(
        "defer",
        description="What becomes of mail for a user with a key in encryption/ that cannot be encrypted, such as with "
        "an expired key: defer (it waits, and its sender is told after five days), or deliver (in clear text).",
    )
