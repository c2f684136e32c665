"""issuance: certificates from a CA (ACME, RFC 8555).

Root makes keys and signing requests, and keeps what the CA issues. ``client`` and what it uses run as a user of their
own, who speaks with the CA and never sees a private key of a certificate.
"""
