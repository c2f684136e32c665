"""What Dovecot answers about a login (its page "Authentication Protocol"): was the login checked at all?

The programs between Dovecot and who asks it import this, so it imports little.
"""

from __future__ import annotations

import binascii

# What the mechanisms of OAuth2 say if nobody could be asked about a token (JSON; XOAUTH2 and OAUTHBEARER).
FAILURES = (b'"status":"500"', b'"status":"internal_failure"')
TEMPORARY = b"code=temp_fail"


def could_not_check(line: bytes) -> bool:
    """Whether Dovecot could not check a login, so that nothing is known about the password or the token.

    With a token, Dovecot 2.4.1 says so to the mail program only, in a challenge or beside its refusal.
    """
    words = line.split(b"\t")
    if words[0] == b"CONT":
        return _is_failure(b"".join(words[2:3]))
    return words[0] == b"FAIL" and (TEMPORARY in words[2:] or any(map(_answers_failure, words[2:])))


def as_temporary(refusal: bytes) -> bytes:
    """A ``FAIL`` that tells that the login could not be checked."""
    words = refusal.split(b"\t")
    return b"\t".join([*(word for word in words if not word.startswith((b"code=", b"resp="))), TEMPORARY])


def _answers_failure(word: bytes) -> bool:
    return word.startswith(b"resp=") and _is_failure(word.removeprefix(b"resp="))


def _is_failure(encoded: bytes) -> bool:
    try:
        text = binascii.a2b_base64(encoded)
    except binascii.Error:
        return False
    return text.startswith(b"{") and any(failure in text for failure in FAILURES)
