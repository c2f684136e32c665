"""Settings of ACME: certificates that the server gets and renews itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import PRIVATE, AcmeDirectory, AcmeNames, Eab, MailAddress, Path


class Acme(Section):
    """Certificates by ACME"""

    acme_email: MailAddress = Field(
        "", description="Address that the CA may write to about the account. Empty: none is given."
    )
    acme_directory: AcmeDirectory = Field(
        "letsencrypt",
        description="The CA: letsencrypt, staging (Let's Encrypt's, whose certificates nobody trusts, for trials), or "
        "the URL of another CA's directory. SSL_TYPE=acme accepts the CA's terms of service.",
    )
    acme_key_type: Literal["ec256", "ec384", "rsa2048", "rsa3072", "rsa4096"] = Field(
        "ec256",
        description="Kind of the private keys. Renewals keep the key; another kind gives a new key once DNS is ready "
        "for it.",
    )
    acme_domains: AcmeNames = Field(
        "",
        description="Further names in the server's certificate, such as imap.example.com; *.example.com only with "
        "ACME_CHALLENGE=dns-01. The host name, and with ENABLE_WEB=1 the names of the web server, need not be listed.",
    )
    acme_challenge: Literal["http-01", "dns-01"] = Field(
        "http-01",
        description="How the CA checks the names: http-01 (it asks port 80 of the web server; needs ENABLE_WEB=1) "
        "or dns-01 (acme-dns-hook in the config folder changes DNS).",
    )
    acme_eab_kid: Eab = Field(
        "", description="Key identifier of the external account binding, for CAs that ask for one. Empty: none."
    )
    acme_eab_hmac_key: Eab = Field(
        "", description="HMAC key that belongs to ACME_EAB_KID, as the CA gave it.", json_schema_extra=PRIVATE
    )
    acme_ca_file: Path = Field(
        "",
        description="Certificates (PEM) that the CA's own HTTPS server is verified with, for a private CA. Empty: the "
        "public certificate authorities.",
    )
