"""Another server's mail: handed over on 25 from a container of its own, so that the address is the sender's."""

from __future__ import annotations

import json

from tests.container.lab import Server, message

SCRIPT = """
import json, smtplib, sys
told = json.loads(sys.stdin.read())
try:
    with smtplib.SMTP(told["host"], 25, local_hostname=told["helo"], timeout=30) as client:
        client.sendmail(told["sender"], told["recipients"], told["mail"].encode("utf-8", "surrogateescape"))
        print("250")
except smtplib.SMTPResponseException as error:
    print(error.smtp_code, error.smtp_error.decode())
except smtplib.SMTPRecipientsRefused as error:
    code, text = next(iter(error.recipients.values()))
    print(code, text.decode())
"""


def hand_over(
    client: Server, to: Server, mail: str, sender: str, *recipients: str, helo: str = "mail.sender.test"
) -> str:
    """What the server ``to`` answers to ``mail`` (RFC 5322, whole) from ``client``: ``250``, or code and text."""
    told = {"host": to.ip, "helo": helo, "sender": sender, "recipients": recipients, "mail": mail}
    return client.run("python3", "-c", SCRIPT, text=json.dumps(told)).strip()


def mail(sender: str, recipient: str, text: str = "Good day.", **headers: str) -> str:
    """A mail of this moment as text, its lines ended by CR LF, with a Message-ID of its own."""
    made = message(sender, recipient, text=f"{text}\n")
    for name, value in headers.items():
        del made[name]
        made[name] = value
    return made.as_string().replace("\r\n", "\n").replace("\n", "\r\n")


def message_id(text: str) -> str:
    """The Message-ID of a mail."""
    return next(line.partition(":")[2].strip() for line in text.splitlines() if line.lower().startswith("message-id:"))
