"""Settings of saslauthd, which docker-mailserver runs to check the passwords of submission."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from mailwright.settings.types import Switch


class Saslauthd(BaseModel):
    """saslauthd"""

    enable_saslauthd: Switch = Field(
        False,
        description="In docker-mailserver saslauthd checks the passwords of submission. Here Dovecot does, also those "
        "in a directory (ACCOUNT_PROVISIONER=LDAP); a server that only saslauthd could ask is refused.",
    )
    saslauthd_mechanisms: Literal["ldap", "rimap"] = Field(
        "ldap", description="What saslauthd asks: a directory (ldap) or an IMAP server (rimap)."
    )
    saslauthd_mech_options: str = Field("", description="The IMAP server of rimap.")
