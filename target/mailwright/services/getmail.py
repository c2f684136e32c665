"""getmail: brings mail from mailboxes on other servers, and hands it to Postfix as a stranger's."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import paths, sockets
from mailwright.core.endpoints import Sockets
from mailwright.core.tree import Effect, File, Folder, Span
from mailwright.formats.getmail import written
from mailwright.model.fetching_files import copy_of, leading_to_copies
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Check, Program, Service, User
from mailwright.settings import Settings


def is_on(mailserver: Mailserver) -> bool:
    """Whether there are mailboxes to poll."""
    return bool(mailserver.getmail)


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """One rc file for each mailbox, and copies of the files that it names."""
    for mailbox in mailserver.getmail:
        yield File(
            f"getmail/{mailbox.name}.rc",
            leading_to_copies(written(mailbox.sections), mailbox.files, etc, "getmail"),
            "getmail",
            0o400,
            "getmail:root",
            effect=Effect.RESTART,
            secret=True,
            spans=(Span(1, mailbox.file, 1, 1),),
        )
    named = {path: text for mailbox in mailserver.getmail for path, text in mailbox.files.items()}
    for path, text in named.items():
        yield File(copy_of(path, "getmail"), text, "getmail", 0o400, "getmail:root", effect=Effect.RESTART, secret=True)


def program(mailserver: Mailserver) -> Program:
    """The script polls one mailbox after another, or all at the same time; then it waits."""
    settings = mailserver.settings
    how = "parallel" if settings.getmail_parallel else "serial"
    command = f"/usr/lib/mailwright/getmail-foreground {settings.getmail_poll * 60} {sockets.FETCHED} {how}"
    return Program(command, stopwait=10, whole_group=True, user="getmail", gives_way=300)


def state(settings: Settings, _sockets: Sockets) -> Iterator[Folder]:
    """What it has fetched already, and its locks."""
    if settings.enable_getmail:
        yield Folder(paths.GETMAIL_STATE, "getmail:getmail", 0o700, whole=True)
        yield Folder(paths.GETMAIL_RUN, "getmail:getmail", 0o700)


GETMAIL = Service(
    name="getmail",
    summary="brings mail from mailboxes on other servers",
    start=114,  # after Postfix, which takes the mail
    enabled=is_on,
    files=files,
    program=program,
    state=state,
    checks=(Check(("/usr/lib/mailwright/getmail-check", "{etc}"), program="getmail"),),
    etc=("getmail",),
    packages=("getmail6",),
    users=(User("getmail", 115),),
)
