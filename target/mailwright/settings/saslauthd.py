"""Settings of saslauthd, which docker-mailserver runs to check the passwords of submission."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import Path, RemoteHost, Switch


class Saslauthd(Section):
    """saslauthd"""

    enable_saslauthd: Switch = Field(
        False,
        description="Another server checks the passwords of submission too (SASLAUTHD_MECHANISMS). No saslauthd runs: "
        "Dovecot asks that server.",
    )
    saslauthd_mechanisms: Literal["ldap", "rimap"] = Field(
        "ldap",
        description="Kind of server: a directory (ldap, with ACCOUNT_PROVISIONER=LDAP) or an IMAP server (rimap).",
    )
    saslauthd_mech_options: RemoteHost = Field(
        "", description="The IMAP server of rimap: its name, and if you like its port after a slash (host/993)."
    )
    saslauthd_rimap_tls: Literal["starttls", "imaps", "no"] = Field(
        "starttls",
        description="TLS to the IMAP server of rimap, whose certificate is verified. With no, passwords are sent in "
        "clear text.",
    )
    saslauthd_rimap_ca_file: Path = Field(
        "",
        description="Certificates (PEM) that the IMAP server's certificate is verified with. Empty: the public "
        "certificate authorities.",
    )
