"""nginx: TLS, the names and the paths that the web server answers, and all documents that never change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailwright.core import paths, sockets
from mailwright.core.ciphers import GROUPS, tls_ciphers
from mailwright.core.endpoints import Sockets
from mailwright.core.tree import Effect, File, Folder
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import (
    INET_PROTOCOLS,
    NGINX_LISTEN,
    Check,
    Dialogue,
    Port,
    Program,
    Reload,
    Service,
    User,
)
from mailwright.services.template import rendered
from mailwright.services.web.application import is_on
from mailwright.services.web.route import Document, Route
from mailwright.services.web.routes import routes
from mailwright.services.web.servers import Server, servers
from mailwright.settings import Settings

CONFIGURATION = "nginx/nginx.conf"
COMMAND = f"/usr/sbin/nginx -e stderr -c /etc/{CONFIGURATION}"
DOCUMENTS = "nginx/documents"
USER = "_nginx"


@dataclass(frozen=True, slots=True)
class Nginx:
    """What the template lays out."""

    user: str
    addresses: tuple[str, ...]
    servers: tuple[Server, ...]
    private: tuple[Route, ...]
    many: tuple[str, ...]  # addresses that stand for many clients
    run: str = paths.NGINX_RUN
    socket: str = sockets.WEB
    documents: str = DOCUMENTS
    log: str = sockets.WEB_LOG
    connections: int = sockets.WEB_CONNECTIONS
    # TLS_LEVEL is for mail programs without elliptic curves. Browsers and other servers all have them.
    ciphers: str = tls_ciphers("modern")
    groups: str = ":".join(GROUPS)

    @property
    def hash_size(self) -> int:
        """Entries of the table of names: enough that nginx does not warn."""
        return max(512, 2 * sum(len(server.names) for server in self.servers))


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """nginx.conf, and the documents."""
    answered = routes(mailserver)
    nginx = Nginx(
        USER,
        tuple(NGINX_LISTEN[address] for address in listen(mailserver)),
        servers(mailserver, answered, etc),
        tuple(route for route in answered if route.private),
        tuple(dict.fromkeys([*mailserver.gateways, *(mailserver.web.proxies if mailserver.web else ())])),
    )
    yield File(CONFIGURATION, rendered("nginx/nginx.conf.j2", mailserver, etc, nginx=nginx), "nginx")
    for route in answered:
        if isinstance(route.answer, Document):
            text = route.answer.text(mailserver)
            yield File(f"{nginx.documents}/{route.answer.name}", text, "nginx", effect=Effect.NOTHING)


def listen(mailserver: Mailserver) -> tuple[str, ...]:
    """The addresses of WEB_INET_PROTOCOLS."""
    return INET_PROTOCOLS[mailserver.settings.web_inet_protocols]


def state(settings: Settings, _: Sockets) -> Iterator[Folder]:
    """The folder of its temporary folders, which stay empty."""
    if settings.enable_web:
        yield Folder(paths.NGINX_RUN, f"{USER}:{USER}", 0o700)


HTTP = Port("http", 80, "-", "redirects to HTTPS", "ENABLE_WEB", is_on, "HTTP/1.1 ", listen)
HTTPS = Port("https", 443, "TLS", "web server", "ENABLE_WEB", is_on, "HTTP/1.1 ", listen)


def dialogues(mailserver: Mailserver) -> Iterator[Dialogue]:
    """An answer of the application, through nginx."""
    for port in (HTTP, HTTPS):
        yield port.dialogue(mailserver, "http", mailserver.hostname)


NGINX = Service(
    name="nginx",
    summary="web server: HTTPS for the host name and for names of the mail domains",
    start=108,  # after the application
    enabled=is_on,
    files=files,
    program=lambda _: Program(COMMAND, gives_way=300),
    state=state,
    reload=Reload((*COMMAND.split(), "-s", "reload")),
    checks=(Check(("nginx", "-t", "-q", "-e", "stderr", "-c", f"{{etc}}/{CONFIGURATION}")),),
    ports=(HTTP, HTTPS),
    dialogues=dialogues,
    etc=("nginx",),
    packages=("nginx",),
    users=(User(USER, 118),),
)
