"""Mail from strangers: whom postscreen(8) stops on port 25, and how much one client may take up."""

from __future__ import annotations

from mailwright.model.mailserver import Mailserver
from mailwright.templating.templates import lines

# Block lists that are free for small servers, and their weights; a list of trusted senders counts against them. Zen
# alone refuses, of the others it takes two. Only the answers that each list documents count: 127.255.255.* and the like
# say that the resolver is refused (POSTSCREEN_README).
DNSBL_SITES = (
    "zen.spamhaus.org=127.0.0.[2..11]*3",
    "bl.spamcop.net=127.0.0.2*2",
    "bl.mailspike.net=127.0.0.[2;10..12]*2",
    "psbl.surriel.com=127.0.0.2*1",
    "list.dnswl.org=127.0.[2..20].1*-2",
    "list.dnswl.org=127.0.[2..20].[2..3]*-4",
)
DNSBL_THRESHOLD = 3


def postscreen_access(mailserver: Mailserver) -> str:
    """The cidr_table(5) of clients that postscreen lets pass at once and keeps no memory of.

    Behind a gateway's address are many clients: one that was found good would speak for all, one that waits keeps all
    waiting. The health check comes from loopback.
    """
    return lines([f"{network} permit" for network in ("127.0.0.0/8", "::1/128", *mailserver.gateways)])


def client_event_limit_exceptions(mailserver: Mailserver) -> tuple[str, ...]:
    """Clients that Postfix's limits for one client are not meant for: ourselves, neighbours, shared addresses.

    The gateways come before mynetworks, whose ! for them would end the search (postconf(5)).
    """
    return ("127.0.0.0/8", "[::1]/128", *mailserver.gateways, "$mynetworks")
