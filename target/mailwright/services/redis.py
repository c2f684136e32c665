"""Redis: what Rspamd has learned."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import paths
from mailwright.core.endpoints import Sockets
from mailwright.core.tree import Effect, File, Folder
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Dialogue, Program, Service, User, socket_folder
from mailwright.services.template import rendered
from mailwright.settings import Settings


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """redis.conf."""
    yield File("redis/redis.conf", rendered("redis/redis.conf.j2", mailserver, etc), "redis", effect=Effect.RESTART)


def state(settings: Settings, sockets: Sockets) -> Iterator[Folder]:
    """The database, and the folder of the socket."""
    if settings.enable_rspamd and settings.enable_rspamd_redis:
        former = ("dump.rdb", "dms-dump.rdb")
        yield Folder(paths.REDIS_STATE, "redis:redis", 0o750, whole=True, former=former)
        yield from socket_folder(sockets.redis, "redis:_rspamd")


REDIS = Service(
    name="redis",
    summary="keeps what Rspamd learns",
    start=30,
    enabled=lambda mailserver: mailserver.has_redis,
    files=files,
    program=lambda _: Program("/usr/bin/redis-server /etc/redis/redis.conf", stopwait=10, user="redis", gives_way=100),
    state=state,
    dialogues=lambda mailserver: (Dialogue("redis", str(mailserver.sockets.redis)),),
    etc=("redis",),
    packages=("redis-server",),
    users=(User("redis", 105),),
    memory=10,
)
