"""tunnel: TLS between the nodes of a cluster, by nginx. Both ends prove with a certificate that they are nodes.

Where a daemon runs on another node, a socket of the tunnel stands in its place. So the daemons beside it need not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailwright.core import paths, sockets
from mailwright.core.ciphers import GROUPS
from mailwright.core.endpoints import Sockets
from mailwright.core.tree import File, Folder
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import INET_PROTOCOLS, NGINX_LISTEN, Check, Program, Reload, Service
from mailwright.services.template import rendered
from mailwright.settings import Settings

CONFIGURATION = "tunnel/nginx.conf"
CA, CERTIFICATE, KEY = "tunnel/ca.pem", "tunnel/cert.pem", "tunnel/key.pem"
COMMAND = f"/usr/sbin/nginx -e stderr -c /etc/{CONFIGURATION}"
PUBLIC = f"{paths.QUEUE}/public"  # Postfix's sockets for programs


@dataclass(frozen=True, slots=True)
class Door:
    """A port at which nodes whose certificate has ``role`` reach the ``socket`` of a daemon here."""

    port: int
    socket: str
    role: str
    paths: tuple[str, ...] = ()  # of HTTP, if not all of what the daemon offers is theirs


@dataclass(frozen=True, slots=True)
class Way:
    """A ``socket`` here that leads to a port of another node."""

    socket: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Tunnel:
    """What the template lays out."""

    user: str  # may reach the daemons' sockets
    addresses: tuple[str, ...]  # of doors, as listen has them before the port
    doors: tuple[Door, ...]
    ways: tuple[Way, ...]
    resolvers: tuple[str, ...]
    ca: str
    certificate: str
    key: str
    run: str = paths.TUNNEL_RUN
    groups: str = ":".join(GROUPS)


def doors(mailserver: Mailserver) -> Iterator[Door]:
    """What other nodes may reach here."""
    role, here = mailserver.settings.role, mailserver.sockets
    if role == "front":
        yield Door(sockets.SIEVE_OWN, f"{PUBLIC}/sieve-own", "backend")
        yield Door(sockets.SIEVE_PASSED_ON, f"{PUBLIC}/sieve-passed-on", "backend")
    elif role == "backend":
        yield Door(sockets.LMTP, str(here.lmtp), "front")
    elif mailserver.has_rspamd:
        yield Door(sockets.MILTER, str(here.milter), "front")
        yield Door(sockets.SUBMISSION_MILTER, str(here.submission_milter), "front")
        # Who reaches all of it commands Rspamd.
        yield Door(sockets.CONTROLLER, str(here.rspamd_controller), "backend", ("/learnspam", "/learnham"))


def ways(mailserver: Mailserver) -> Iterator[Way]:
    """What is reached here of other nodes."""
    role, here, cluster = mailserver.settings.role, mailserver.sockets, mailserver.cluster
    if not cluster:
        return
    if role == "front" and mailserver.settings.enable_rspamd:
        yield Way(str(here.milter), cluster.filter, sockets.MILTER)
        if mailserver.filters_submission_apart:
            yield Way(str(here.submission_milter), cluster.filter, sockets.SUBMISSION_MILTER)
    if role == "backend":
        yield Way(f"{PUBLIC}/sieve-own", cluster.front, sockets.SIEVE_OWN)
        yield Way(f"{PUBLIC}/sieve-passed-on", cluster.front, sockets.SIEVE_PASSED_ON)
        if mailserver.learns:
            yield Way(str(here.rspamd_controller), cluster.filter, sockets.CONTROLLER)


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """Nginx's configuration, and the certificate with which this node speaks to others."""
    cluster = mailserver.cluster
    if not cluster:
        return
    tunnel = Tunnel(
        user="_rspamd" if mailserver.settings.role == "filter" else "postfix",
        addresses=tuple(NGINX_LISTEN[each] for each in INET_PROTOCOLS[mailserver.settings.dovecot_inet_protocols]),
        doors=tuple(doors(mailserver)),
        ways=tuple(ways(mailserver)),
        resolvers=tuple(f"[{address}]" if ":" in address else address for address in mailserver.nameservers),
        ca=f"{etc}/{CA}",
        certificate=f"{etc}/{CERTIFICATE}",
        key=f"{etc}/{KEY}",
    )
    yield File(CONFIGURATION, rendered("tunnel/nginx.conf.j2", mailserver, etc, tunnel=tunnel), "tunnel")
    readers = ("tunnel", "postfix", "dovecot")
    yield File(CA, cluster.authorities, "tunnel", readers=readers)
    yield File(CERTIFICATE, cluster.certificate.chain, "tunnel", readers=readers)
    yield File(KEY, cluster.certificate.key, "tunnel", mode=0o600, secret=True, readers=readers)


def state(settings: Settings, _: Sockets) -> Iterator[Folder]:
    """The folder of nginx's temporary folders, which stay empty."""
    if settings.role != "all":
        yield Folder(paths.TUNNEL_RUN, "root:root", 0o755)


def program(mailserver: Mailserver) -> Program:
    """nginx, after sockets that a former one left are gone: it would not replace them."""
    made = " ".join(way.socket for way in ways(mailserver))
    return Program(f"/usr/lib/mailwright/tunnel-foreground {COMMAND} -- {made}".rstrip(), stopwait=10)


TUNNEL = Service(
    name="tunnel",
    summary="TLS between the nodes of a cluster",
    start=62,  # before whatever asks it
    enabled=lambda mailserver: mailserver.cluster is not None,
    files=files,
    program=program,
    state=state,
    reload=Reload((*COMMAND.split(), "-s", "reload")),
    checks=(Check(("/usr/lib/mailwright/tunnel-check", f"{{etc}}/{CONFIGURATION}"), program="nginx"),),
    etc=("tunnel",),
    packages=("libnginx-mod-stream",),
)
