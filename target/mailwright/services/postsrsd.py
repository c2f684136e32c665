"""postsrsd: signs the senders of mail that is passed on, and recognizes its own signatures (SRS)."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import paths, sockets
from mailwright.core.tree import Effect, File
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Service, User
from mailwright.templating.templates import lines


def files(mailserver: Mailserver, _etc: str) -> Iterator[File]:
    """The secrets, readable by root only: postsrsd reads them before it changes its user."""
    if mailserver.srs:
        content = lines(list(mailserver.srs.secrets))
        yield File("postsrsd/secret", content, "postsrsd", 0o600, effect=Effect.RESTART, secret=True)


def program(mailserver: Mailserver) -> Program:
    """The program in the foreground; Postfix decides about which senders it is asked.

    It forks for each connection. A fork that outlived it would go on with the old secrets.
    """
    domain = mailserver.srs.domain if mailserver.srs else mailserver.domain
    ports = f"-f{sockets.SRS_FORWARD} -r{sockets.SRS_REVERSE}"
    jail = f"-upostsrsd -c{paths.SRS_JAIL}"
    command = f"/usr/sbin/postsrsd -s/etc/postsrsd/secret -d{domain} -l{mailserver.loopback} {ports} {jail}"
    return Program(command, whole_group=True)


POSTSRSD = Service(
    name="postsrsd",
    summary="rewrites senders of mail that is passed on (SRS)",
    start=80,
    files=files,
    program=program,
    enabled=lambda mailserver: mailserver.srs is not None,
    etc=("postsrsd",),
    packages=("postsrsd",),
    users=(User("postsrsd", 109),),
    memory=3,
)
