"""Settings of TLS."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import CertificateDomain, CertificateDomains, Path


class Tls(Section):
    """TLS"""

    ssl_type: Literal["", "acme", "letsencrypt", "manual", "custom", "self-signed", "snakeoil"] = Field(
        "",
        description="Source of the certificate; the page on TLS explains each. acme: the server gets and renews it "
        "itself. Empty: a self-signed certificate that is generated once and that clients must accept by hand.",
    )
    ssl_cert_path: Path = Field("", description="Certificate with its chain, for SSL_TYPE=manual.")
    ssl_key_path: Path = Field("", description="Private key of the certificate, for SSL_TYPE=manual.")
    ssl_alt_cert_path: Path = Field(
        "", description="Second certificate (such as RSA beside ECDSA), for SSL_TYPE=manual. Empty: none."
    )
    ssl_alt_key_path: Path = Field("", description="Private key of the second certificate, for SSL_TYPE=manual.")
    ssl_domain: CertificateDomain = Field(
        "",
        description="Domain whose certificate is tried first, for SSL_TYPE=letsencrypt; *.example.com is possible. "
        "Empty: the host name, then its domain.",
    )
    ssl_sni_domains: CertificateDomains = Field(
        "",
        description="Further host names with certificates of their own (SNI): ssl/NAME/fullchain.pem and privkey.pem "
        "in the config folder, or what SSL_TYPE=letsencrypt finds or SSL_TYPE=acme gets for NAME. Empty: none.",
    )
    tls_level: Literal["modern", "intermediate"] = Field(
        "modern",
        description="modern: TLS 1.3, and TLS 1.2 with forward secrecy and AEAD. intermediate: also DHE-RSA, for "
        "clients without elliptic curves.",
    )
    smtpd_tls_security_level: Literal["", "none", "may", "encrypt"] = Field(
        "",
        description="STARTTLS on port 25: none (not offered), may (offered) or encrypt (required). Empty: may if "
        "SSL_TYPE names a certificate, else none; ports 587 and 465 always require TLS.",
    )
