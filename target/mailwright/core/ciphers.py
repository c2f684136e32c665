"""The cipher lists of TLS_LEVEL: Mozilla's server-side TLS guidelines, in OpenSSL's names."""

from __future__ import annotations

# Mozilla "intermediate", guidelines 6.0: forward secrecy and AEAD only.
_ECDHE = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
)
# Guidelines 5 had these as well, for clients without elliptic curves.
_DHE = ("DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-GCM-SHA384", "DHE-RSA-CHACHA20-POLY1305")

GROUPS = ("X25519MLKEM768", "X25519", "prime256v1", "secp384r1")
SIGNATURES = (
    "ecdsa_secp256r1_sha256",
    "ecdsa_secp384r1_sha384",
    "ecdsa_secp521r1_sha512",
    "ed25519",
    "rsa_pss_rsae_sha256",
    "rsa_pss_rsae_sha384",
    "rsa_pss_rsae_sha512",
    "rsa_pkcs1_sha256",
    "rsa_pkcs1_sha384",
    "rsa_pkcs1_sha512",
)
DH_PARAMETERS = "/usr/lib/mailwright/ffdhe4096.pem"  # RFC 7919, made when the image is built


def tls_ciphers(level: str) -> str:
    """The cipher list of TLS 1.2 for ``level``; TLS 1.3 has its own suites, which are always all on."""
    return ":".join(_ECDHE + _DHE if level == "intermediate" else _ECDHE)


def dh_parameters(level: str) -> str:
    """The file of DH parameters; empty where ``level`` has no DHE suite."""
    return DH_PARAMETERS if level == "intermediate" else ""
