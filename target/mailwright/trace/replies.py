"""The words of Postfix's smtpd(8) when it refuses (SMTPD_ACCESS_README), as the client reads them."""

from __future__ import annotations

import re

CODED = re.compile(r"(?P<code>[45]\d\d)\s+(?P<text>.*)")
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(\s|$)")

RELAY_DENIED = "554 5.7.1 <{recipient}>: Relay access denied"
UNKNOWN = "550 5.1.1 <{recipient}>: Recipient address rejected: User unknown in {table} table"
NOT_OWNED = "553 5.7.1 <{sender}>: Sender address rejected: not owned by user {login}"
NOT_LOGGED_IN = "553 5.7.1 <{sender}>: Sender address rejected: not logged in"
TOO_BIG = "552 5.3.4 Message size exceeds fixed limit"
LOOP = "451 4.6.0 Alias expansion error"
BAD_RECIPIENT = "501 5.1.3 Bad recipient address syntax"
BAD_SENDER = "501 5.1.7 Bad sender address syntax"
NOT_FQDN = "504 5.5.2 <{address}>: {what} address rejected: need fully-qualified address"
DENIED = {
    "client": "<{client}>: Client host rejected",
    "helo": "<{helo}>: Helo command rejected",
    "sender": "<{sender}>: Sender address rejected",
    "recipient": "<{recipient}>: Recipient address rejected",
    "sasl": "<{login}>: SASL login name rejected",
    "data": "<DATA>: Data command rejected",
    "end_of_data": "<END-OF-MESSAGE>: End-of-data rejected",
}


def of_action(action: str, what: str) -> str:
    """The reply to an action of access(5) that refuses; empty for one that does not. ``what`` is one of DENIED."""
    word, _, text = action.strip().partition(" ")
    if match := CODED.fullmatch(action.strip()):
        return _reply(match["code"], match["text"], what)
    match word.upper():
        case "REJECT":
            return _reply("554", text.strip() or "Access denied", what)
        case "DEFER":
            return _reply("450", text.strip() or "Access denied", what)
    return ""


def _reply(code: str, text: str, what: str) -> str:
    status = STATUS.match(text)
    number, text = (status[0].strip(), text[status.end() :]) if status else (f"{code[0]}.7.1", text)
    return f"{code} {number} {what}: {text}"
