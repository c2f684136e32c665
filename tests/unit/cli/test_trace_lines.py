from __future__ import annotations

from mailwright.cli.trace_lines import lines
from mailwright.trace.mail import Mail
from tests.unit.trace.world import accounts, trace

FILES = {
    "postfix-accounts.cf": accounts("alice@a.example"),
    "postfix-virtual.cf": "team@a.example alice@a.example,ben@far.example\n",
    "postfix-receive-access.cf": "alice@a.example REJECT\n",
}


def test_an_accepted_mail() -> None:
    text = "\n".join(line for line, _ in lines(trace(FILES, Mail("team@a.example", "", size=2048))))
    assert text.startswith("mail from <> to <team@a.example>, 2k; another server, port 25\n")
    assert "ACCEPTED  250 2.1.5 Ok\n" in text
    assert "  team@a.example -> alice@a.example, ben@far.example  (postfix-virtual.cf:1)\n" in text
    assert "mailbox alice@a.example\n" in text
    assert "leaves for ben@far.example\n  transport   smtp to the MX of far.example\n  login       no\n" in text
    assert "DKIM: not signed: mail of other servers is never signed\n" in text


def test_a_refused_mail() -> None:
    made = list(lines(trace(FILES, Mail("alice@a.example", "b@far.example"))))
    reply = "554 5.7.1 <alice@a.example>: Recipient address rejected: Access denied  (postfix-receive-access.cf:1)"
    assert (f"REFUSED  {reply}", "error") in made
    rule = "check_recipient_access lmdb:/etc/postfix/receive_access"
    assert (f"  refuses    {rule}: {reply}", "error") in made
    assert ("if it were accepted:", "") in made


def test_no_address_makes_a_line() -> None:
    made = [line for line, _ in lines(trace(FILES, Mail("alice@a.example\nACCEPTED  250 Ok", "b@far.example\x1b[2J")))]
    assert made[0].startswith("mail from <b@far.example\\x1b[2J> to <alice@a.example\\nACCEPTED  250 Ok>;")
    assert not [line for line in made if "\n" in line or line.startswith("ACCEPTED")]
