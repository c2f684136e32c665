"""What a stranger who sends to another server is answered on port 25, up to RCPT and back: no mail is sent."""

from __future__ import annotations

from mailwright.observe.conversation import Conversation, UnexpectedError

ELSEWHERE = "someone@stranger.invalid"  # RFC 6761: in no domain of anybody
DENIED = "Relay access denied"  # also with 454, by defer_unauth_destination


def relays(address: str, security: str) -> bool:
    """Whether port 25 at ``address`` takes mail to another server; OSError or UnexpectedError if it does not say."""
    with Conversation(address, security) as client:
        client.expect("the connection", "220")
        client.ask("EHLO [127.0.0.1]", "250")
        client.ask("MAIL FROM:<>", "250")
        client.say(f"RCPT TO:<{ELSEWHERE}>")
        answer = client.answer()
        client.say("RSET")
        client.answer()
        client.say("QUIT")
    if answer.startswith("4") and answer.endswith(DENIED):
        return False
    if answer[:1] not in ("2", "5"):
        raise UnexpectedError(f"answers {answer[:200]!r} to RCPT")
    return answer.startswith("2")
