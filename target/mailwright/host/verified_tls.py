"""TLS to servers whose certificate must be valid: a directory, a database, an identity provider."""

from __future__ import annotations

import ssl


def context(ca_file: str = "", ca_folder: str = "") -> ssl.SSLContext:
    """TLS 1.2 or later. A certificate is verified with these authorities, or with the system's if there are none.

    Python 3.13 refuses certificates without an Authority Key Identifier. 389 Directory Server, MariaDB and many an
    operator's own authority make such, and Postfix, Dovecot and OpenSSL itself accept them.
    """
    made = ssl.create_default_context(cafile=ca_file or None, capath=ca_folder or None)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return made
