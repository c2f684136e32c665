"""Redis: what Rspamd has learned."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import paths, sockets
from mailwright.core.tree import Effect, File
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Service
from mailwright.templating.templates import Templates


def files(mailserver: Mailserver, _etc: str) -> Iterator[File]:
    """redis.conf."""
    text = Templates(mailserver.templates).render(
        "redis/redis.conf.j2", settings=mailserver.settings, paths=paths, sockets=sockets
    )
    yield File("redis/redis.conf", text, "redis", effect=Effect.RESTART)


REDIS = Service(
    name="redis",
    summary="keeps what Rspamd learns",
    enabled=lambda mailserver: mailserver.has_redis,
    files=files,
    program=lambda _: Program("/usr/bin/redis-server /etc/redis/redis.conf", stopwait=10, user="redis"),
)
