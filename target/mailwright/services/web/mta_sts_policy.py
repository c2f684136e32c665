"""The MTA-STS policy that this server hosts for its domains (RFC 8461). services/mta_sts.py asks for others."""

from __future__ import annotations

import hashlib

from mailwright.model.issued import are_issued
from mailwright.model.mailserver import Mailserver
from mailwright.model.web import Role
from mailwright.services.web.route import Document, Route

PATH = "/.well-known/mta-sts.txt"


def has_policy(mailserver: Mailserver) -> bool:
    """Whether a policy makes sense: port 25 offers TLS with a certificate that other servers trust."""
    return are_issued(mailserver.certificates) and mailserver.smtpd_tls_security_level != "none"


def mta_sts_policy(mailserver: Mailserver) -> str:
    """The text for https://mta-sts.DOMAIN/.well-known/mta-sts.txt (RFC 8461, section 3.2: LF ends a line as well)."""
    settings = mailserver.settings
    others = settings.mta_sts_policy_mx.split(",") if settings.mta_sts_policy_mx else []
    hosts = "".join(f"mx: {host}\n" for host in dict.fromkeys([mailserver.hostname, *others]))
    mode, age = settings.mta_sts_policy_mode, settings.mta_sts_policy_max_age
    return f"version: STSv1\nmode: {mode}\n{hosts}max_age: {age}\n"


def policy_id(mailserver: Mailserver) -> str:
    """An id that changes when the policy changes. With CRLF, as before: ids that are published stay valid."""
    return hashlib.sha256(mta_sts_policy(mailserver).replace("\n", "\r\n").encode()).hexdigest()[:16]


ROUTE = Route(
    PATH,
    "the MTA-STS policy (RFC 8461), if `SSL_TYPE` names a certificate",
    Document("mta-sts.txt", mta_sts_policy, "text/plain"),
    (Role.MTA_STS,),
    enabled=has_policy,
)
