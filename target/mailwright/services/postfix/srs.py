"""SRS in Postfix: mail that leaves with a sender of others goes once more through a cleanup(8), which signs the sender.

Nothing but that mail is touched: what stays here keeps its Return-Path, and does not wait for postsrsd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailwright.core import sockets
from mailwright.core.tree import File
from mailwright.model.mailserver import Mailserver
from mailwright.model.relay_hosts import Relaying
from mailwright.model.srs import HEADER, Srs
from mailwright.services.postfix import relay_hosts
from mailwright.services.postfix.tables import mail_domains, mydestination

SENDERS, BOUNCES = "srs_senders", "srs_bounces"


def context(mailserver: Mailserver, etc: str) -> dict[str, object]:
    """What the templates say of SRS; nothing but ``srs: None`` where it is off."""
    srs = mailserver.srs
    if not srs:
        return {"srs": None}
    host = mailserver.loopback
    return {
        "srs": srs,
        "srs_smtpd": f"{_literal(host)}:{sockets.SRS_SMTP}",
        "srs_forward": f"tcp:{_literal(host)}:{sockets.SRS_FORWARD}",
        "srs_reverse": f"pipemap:{{pcre:{etc}/postfix/{BOUNCES}, tcp:{_literal(host)}:{sockets.SRS_REVERSE}}}",
        "srs_network": f"{_literal(host)}/128" if ":" in host else f"{host}/32",
        "srs_rewrites_headers": HEADER in srs.classes,
        "srs_route": route(mailserver.relaying, srs),
    }


def _literal(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def route(relaying: Relaying, srs: Srs) -> str:
    """Where signed mail goes: as mail of the SRS domain would, and never to be signed again (content_filter).

    Without a server's name it goes to each recipient's own (FILTER_README).
    """
    own = dict(relay_hosts.senders(relaying)).get(f"@{srs.domain}", "DUNNO")
    if own != "DUNNO":
        return own
    return "$default_transport" if relay_hosts.default(relaying)[0] else "smtp:$relayhost"


def files(mailserver: Mailserver) -> Iterator[File]:
    """The tables that tell which senders are others', and which recipients are signed senders."""
    if mailserver.srs:
        yield File(f"postfix/{SENDERS}", senders(mailserver, mailserver.srs), "postfix")
        yield File(f"postfix/{BOUNCES}", bounces(mailserver.srs), "postfix")


def senders(mailserver: Mailserver, srs: Srs) -> str:
    """sender_dependent_default_transport_maps (pcre_table(5)): senders of other domains → the way to be signed."""
    ours = sorted({*mail_domains(mailserver), *mydestination(mailserver), srs.domain, *srs.excluded})
    patterns = [re.escape(it) if it.startswith(".") else f"@{re.escape(it)}" for it in ours]
    return "".join(
        [
            *(f"if !/{pattern}$/\n" for pattern in patterns),
            f"/@/ srs:[{mailserver.loopback}]:{sockets.SRS_SMTP}\n",
            *("endif\n" for _ in patterns),
        ]
    )


def bounces(srs: Srs) -> str:
    """A pcre_table(5) that finds signed senders among recipients: postsrsd is asked about no other address."""
    return f"/^(SRS[01][-+=].*@{re.escape(srs.domain)})$/ $1\n"
