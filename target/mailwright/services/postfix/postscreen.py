"""Unknown clients on port 25: which ones postscreen(8) checks, and which ones have no limits."""

from __future__ import annotations

from mailwright.model.mailserver import Mailserver
from mailwright.templating.templates import lines

# Block lists that are free for small servers, with their weights; an allow list has a negative weight. Zen alone
# reaches the threshold, of the others it takes two. Only the answers that each list documents count: others, such as
# 127.255.255.*, mean that the list refuses the resolver (POSTSCREEN_README).
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
    """The cidr_table(5) of clients that postscreen does not check and does not remember.

    Many clients share a gateway's address: one good client would exempt all, and one that waits would delay all. The
    health check connects from the loopback.
    """
    return lines([f"{network} permit" for network in ("127.0.0.0/8", "::1/128", *mailserver.gateways)])


def client_event_limit_exceptions(mailserver: Mailserver) -> tuple[str, ...]:
    """Clients without Postfix's limits for one client: this host, the gateways, mynetworks.

    The gateways come first: mynetworks excludes them with !, which would end the search (postconf(5)).
    """
    return ("127.0.0.0/8", "[::1]/128", *mailserver.gateways, "$mynetworks")
