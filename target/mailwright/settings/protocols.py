"""Settings of the protocols and of the mail that they carry."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import ByteSize, InetProtocols, Networks, Switch, Transport


class Protocols(Section):
    """Ports and protocols"""

    enable_submission: Switch = Field(
        True, description="Accept mail from logged-in users on port 587 (submission). STARTTLS is required."
    )
    enable_submissions: Switch = Field(
        False,
        description="Accept mail from logged-in users on port 465 (submissions, RFC 8314: implicit TLS). It works "
        "with or without port 587.",
    )
    enable_imap: Switch = Field(True, description="IMAP on port 143 (STARTTLS) and on port 993 (implicit TLS).")
    enable_pop3: Switch = Field(False, description="POP3 on port 110 (STARTTLS) and on port 995 (implicit TLS).")
    postfix_inet_protocols: InetProtocols = Field("all", description="IP versions that Postfix uses.")
    dovecot_inet_protocols: InetProtocols = Field("all", description="IP versions that Dovecot listens on.")
    proxy_protocol_networks: Networks = Field(
        "",
        description="Reverse proxies that speak the PROXY protocol, such as 10.0.3.7 or 10.0.3.0/24. Each open port "
        "then has another for them (12525, 10587, 10465, 10143, 10993, 10110, 10995, 14190), which refuses everybody "
        "else. Empty: none.",
    )
    postfix_message_size_limit: ByteSize = Field(
        10_240_000, description="Largest mail that is accepted, in bytes; 25M means 25 × 1024 × 1024. 0: no limit."
    )
    postfix_dagent: Transport = Field(
        "",
        description="Transport that delivers mail for the mailboxes, such as lmtp:inet:backend:24. Empty: Dovecot "
        "in this container.",
    )
    dovecot_mailbox_format: Literal["maildir", "sdbox", "mdbox"] = Field(
        "maildir", description="Storage format of the mailboxes. A change does not convert existing mail."
    )
    postfix_reject_unknown_client_hostname: Switch = Field(
        False, description="Reject clients on port 25 whose IP address has no matching reverse DNS name."
    )
    spoof_protection: Switch = Field(
        True,
        description="Logged-in users may send only as their own address and as aliases that deliver to them, in the "
        "envelope and in the `From` header.",
    )
