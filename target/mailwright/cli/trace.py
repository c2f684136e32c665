"""trace: what would happen to a mail."""

from __future__ import annotations

import ipaddress
from dataclasses import asdict

import click

from mailwright.cli import output
from mailwright.cli.arguments import Checked, Mailbox
from mailwright.cli.output import as_json, example
from mailwright.cli.reading import must_take_mail, reads_everything
from mailwright.cli.trace_lines import lines
from mailwright.core import values
from mailwright.core.problems import Exit
from mailwright.core.tree import Tree
from mailwright.explain.influence import Deployment
from mailwright.services.postfix import POSTFIX
from mailwright.trace.configuration import Configuration
from mailwright.trace.mail import Mail, internal
from mailwright.trace.running import Running
from mailwright.trace.traced import traced

POSTMASTER = "postmaster"  # needs no domain (RFC 5321, section 4.1.1.3)
LONGEST = 320  # characters of an address (RFC 3696)


def _address(text: str) -> str:
    """Any address that a client can write; Postfix judges it, not the command line."""
    if "\0" in text or len(text) > LONGEST or not ("@" in text or text.lower() == POSTMASTER):
        raise ValueError("is not an address (user@domain)")
    if text.endswith("]"):
        raise ValueError("has an IP address in place of a domain, which is not traced")
    return internal(text)


def _sender(text: str) -> str:
    return "" if text in ("", "<>") else _address(text)


def _client(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        raise ValueError("is not an IP address") from None


def _size(text: str) -> str:
    return str(values.byte_size(text))


class Written(Mailbox):
    """An address as a client writes it; a shell completes it from the accounts."""

    def __init__(self) -> None:
        Checked.__init__(self, "address", _address)


@click.command(
    "trace",
    **example(
        "setup trace me@example.com",
        "setup trace me@example.com --from ben@partner.example --size 20M",
        "setup trace ben@partner.example --login me@example.com",
    ),
)
@click.argument("address", type=Written())
@click.option("--from", "sender", type=Checked("address", _sender), help="The envelope sender; <> is a bounce's.")
@click.option("--client", type=Checked("ip", _client), help="The IP address that hands the mail over.")
@click.option("--login", type=Written(), metavar="LOGIN", help="The account that sends on 587 or 465.")
@click.option("--size", type=Checked("size", _size), help="The size of the mail, such as 20M.")
@click.option("--mx", "asks_mx", is_flag=True, help="Ask DNS for the servers of other domains.")
@as_json
@reads_everything
def trace(deployment: Deployment, *, address: str, asks_mx: bool, as_json: bool, **envelope: str | None) -> int:
    """Show what would happen to a mail for ADDRESS: who refuses it, which aliases it follows, and where it ends.

    Nothing is sent. Without --login it comes from another server on port 25.
    """
    mailserver = deployment.mailserver
    must_take_mail(mailserver)
    recipient = address if "@" in address else f"{address}@{mailserver.hostname}"
    given = {name: value or "" for name, value in envelope.items()}
    sender = given["login"] or None if envelope["sender"] is None else given["sender"]
    mail = Mail(recipient, sender, given["client"], given["login"], int(given["size"] or 0))
    origin = deployment.reading.variables.origin
    tree = Tree.of(POSTFIX.files(mailserver, "/etc"))
    made = traced(Configuration(tree, mailserver, Running(), origin), mail, asks_mx=asks_mx)
    if as_json:
        output.show_json(asdict(made))
    else:
        for text, kind in lines(made):
            output.say(text, kind)
    return Exit.OK if made.verdict.accepted else Exit.FINDINGS
