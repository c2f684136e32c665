"""Settings of the protocols and of the mail that passes through them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from mailwright.settings.types import ByteSize, InetProtocols, Switch, Transport


class Ports(BaseModel):
    """Ports and protocols"""

    enable_submission: Switch = Field(True, description="Submission on port 587; STARTTLS is demanded.")
    enable_submissions: Switch = Field(
        False, description="Submission with TLS from the first byte on port 465 (RFC 8314), beside or instead of 587."
    )
    enable_imap: Switch = Field(True, description="IMAP on ports 143 (STARTTLS) and 993 (TLS).")
    enable_pop3: Switch = Field(False, description="POP3 on ports 110 (STARTTLS) and 995 (TLS).")
    postfix_inet_protocols: InetProtocols = Field("all", description="IP versions that Postfix uses.")
    dovecot_inet_protocols: InetProtocols = Field("all", description="IP versions that Dovecot listens on.")
    postfix_message_size_limit: ByteSize = Field(
        10_240_000, description="Largest mail accepted, in bytes (25M means 25 × 1024 × 1024); 0: no limit."
    )
    postfix_dagent: Transport = Field(
        "", description="Where mail for our mailboxes goes instead of Dovecot, such as lmtp:inet:backend:24."
    )
    dovecot_mailbox_format: Literal["maildir", "sdbox", "mdbox"] = Field(
        "maildir", description="Format of the mailboxes. Changing it does not convert mail that is there."
    )
    postfix_reject_unknown_client_hostname: Switch = Field(
        False, description="Refuse clients on port 25 whose address has no matching reverse DNS name."
    )
    spoof_protection: Switch = Field(
        True, description="Logged-in users send only as their own address and as aliases that lead to them."
    )
