"""Settings of TLS."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from mailwright.settings.types import CertificateDomain, Path


class Tls(BaseModel):
    """TLS"""

    ssl_type: Literal["", "letsencrypt", "manual", "custom", "self-signed", "snakeoil"] = Field(
        "",
        description="Where the certificate comes from; empty: one of our own, made once, that clients must trust by "
        "hand. See the page on TLS for each.",
    )
    ssl_cert_path: Path = Field("", description="Certificate with its chain, for SSL_TYPE=manual.")
    ssl_key_path: Path = Field("", description="Private key, for SSL_TYPE=manual.")
    ssl_alt_cert_path: Path = Field("", description="Second certificate (RSA beside ECDSA), for SSL_TYPE=manual.")
    ssl_alt_key_path: Path = Field("", description="Private key of the second certificate.")
    ssl_domain: CertificateDomain = Field(
        "", description="Name whose certificate is looked for first, for SSL_TYPE=letsencrypt (*.example.com too)."
    )
    tls_level: Literal["modern", "intermediate"] = Field(
        "modern",
        description="modern: TLS 1.3, and TLS 1.2 with forward secrecy and AEAD; intermediate: also DHE-RSA, for "
        "clients without elliptic curves.",
    )
    smtpd_tls_security_level: Literal["", "none", "may", "encrypt"] = Field(
        "",
        description="STARTTLS on port 25: not offered, offered, demanded; empty: offered once SSL_TYPE names a "
        "certificate. 587 and 465 always demand TLS.",
    )
