"""SRS in Postfix: mail that leaves with a foreign sender passes a second cleanup(8), which signs the sender.

Other mail is not touched: what stays here keeps its Return-Path and does not wait for postsrsd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailwright.core import sockets
from mailwright.core.tree import File
from mailwright.model.mailserver import Mailserver
from mailwright.model.relay_hosts import RelayHosts
from mailwright.model.srs import HEADER, Srs
from mailwright.services.postfix import relay_hosts
from mailwright.services.postfix.tables import mail_domains, mydestination

SENDERS, BOUNCES = "srs_senders", "srs_bounces"


@dataclass(frozen=True, slots=True)
class SrsRoute:
    """How mail is sent on with a signed sender, and how a signed address finds its sender again."""

    smtpd: str  # the service of master.cf that takes such mail
    forward: str  # the table that signs a sender
    reverse: str  # the table that finds a sender
    network: str
    rewrites_headers: bool
    classes: tuple[str, ...]  # sender_canonical_classes
    next_hop: str


def srs_route(mailserver: Mailserver, etc: str) -> SrsRoute | None:
    """The values of SRS for Postfix's templates; None where it is off."""
    srs = mailserver.srs
    if not srs:
        return None
    host = mailserver.loopback
    return SrsRoute(
        smtpd=f"{literal(host)}:{sockets.SRS_SMTP}",
        forward=f"tcp:{literal(host)}:{sockets.SRS_FORWARD}",
        reverse=f"pipemap:{{pcre:{etc}/postfix/{BOUNCES}, tcp:{literal(host)}:{sockets.SRS_REVERSE}}}",
        network=f"{literal(host)}/128" if ":" in host else f"{host}/32",
        rewrites_headers=HEADER in srs.classes,
        classes=srs.classes,
        next_hop=next_hop(mailserver.relay_hosts, srs),
    )


def srs_maps(mailserver: Mailserver, etc: str) -> tuple[str, ...]:
    """The last of sender_dependent_default_transport_maps: whatever sender no table before it knows is foreign."""
    return (f"pcre:{etc}/postfix/{SENDERS}",) if mailserver.srs else ()


def literal(host: str) -> str:
    """``host`` as Postfix writes it before a port."""
    return f"[{host}]" if ":" in host else host


def next_hop(hosts: RelayHosts, srs: Srs) -> str:
    """The content_filter of signed mail: it goes where mail of the SRS domain goes, and is not signed again.

    Without a server's name it goes to each recipient's own (FILTER_README).
    """
    own = dict(relay_hosts.senders(hosts)).get(f"@{srs.domain}", "DUNNO")
    if own == "DUNNO" and hosts.unlisted:
        own = relay_hosts.common(hosts)
    if own != "DUNNO":
        return own
    return "$default_transport" if relay_hosts.default(hosts)[0] else "smtp:$relayhost"


def files(mailserver: Mailserver) -> Iterator[File]:
    """The tables of foreign senders and of recipients that are signed senders."""
    if mailserver.srs:
        yield File(f"postfix/{SENDERS}", senders(mailserver, mailserver.srs), "postfix")
        yield File(f"postfix/{BOUNCES}", bounces(mailserver.srs), "postfix")


def senders(mailserver: Mailserver, srs: Srs) -> str:
    """sender_dependent_default_transport_maps (pcre_table(5)): senders of other domains → the service that signs."""
    own_names = sorted({*mail_domains(mailserver), *mydestination(mailserver), srs.domain, *srs.excluded})
    patterns = [re.escape(name) if name.startswith(".") else f"@{re.escape(name)}" for name in own_names]
    return "".join(
        [
            *(f"if !/{pattern}$/\n" for pattern in patterns),
            f"/@/ srs:[{mailserver.loopback}]:{sockets.SRS_SMTP}\n",
            *("endif\n" for _ in patterns),
        ]
    )


def bounces(srs: Srs) -> str:
    """A pcre_table(5) of signed senders among recipients: postsrsd is asked about these addresses only."""
    return f"/^(SRS[01][-+=].*@{re.escape(srs.domain)})$/ $1\n"
