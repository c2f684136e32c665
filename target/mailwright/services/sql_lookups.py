"""sql-lookups: asks the database of accounts for Postfix and Dovecot, and answers in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mailwright.core import paths, sockets
from mailwright.core.endpoints import Sockets, Unix
from mailwright.core.tree import Effect, File, Folder
from mailwright.model.mailserver import Mailserver
from mailwright.model.provisioners.sql import SqlProvisioner
from mailwright.services.declaration import Program, Service, User, socket_folder
from mailwright.settings import Settings

USER = "_sql-lookups"
CA_FILE = "sql-lookups/ca.pem"


def is_on(mailserver: Mailserver) -> bool:
    """Whether accounts are in a database, and this node asks for them."""
    return mailserver.knows_accounts and isinstance(mailserver.provisioner, SqlProvisioner)


def files(mailserver: Mailserver, _etc: str) -> Iterator[File]:
    """What it asks. The password of the database is in no other file."""
    provisioner = mailserver.provisioner
    if isinstance(provisioner, SqlProvisioner):
        lookups = provisioner.lookups
        if provisioner.authorities:
            # Its user may not read the config folder.
            yield File(CA_FILE, provisioner.authorities, "sql-lookups", effect=Effect.RESTART)
            lookups = replace(lookups, database=replace(lookups.database, ca_file=f"/etc/{CA_FILE}"))
        yield File(
            paths.SQL_LOOKUPS,
            lookups.text,
            "sql-lookups",
            0o400,
            f"{USER}:root",
            effect=Effect.RESTART,
            secret=True,
        )


def program(_: Mailserver) -> Program:
    """The program of ours."""
    places = f"/etc/{paths.SQL_LOOKUPS} {sockets.SQL_POSTFIX} {sockets.SQL_DOVECOT}"
    return Program(f"/usr/bin/python3 -m mailwright.programs.sql_lookups {places}", user=USER)


def state(settings: Settings, _: Sockets) -> Iterator[Folder]:
    """The folders of its sockets, whose group may connect, and of SQLite's file."""
    if settings.account_provisioner == "SQL":
        yield from socket_folder(Unix(sockets.SQL_POSTFIX), f"{USER}:postfix")
        yield from socket_folder(Unix(sockets.SQL_DOVECOT), f"{USER}:dovecot")
        if settings.sql_driver == "sqlite" and settings.sql_path.startswith(paths.SQL_STATE):
            yield Folder(paths.SQL_STATE, f"{USER}:root", 0o700, whole=True)


SQL_LOOKUPS = Service(
    name="sql-lookups",
    summary="asks the database of accounts for Postfix and Dovecot",
    start=64,  # before Dovecot
    enabled=is_on,
    files=files,
    program=program,
    state=state,
    etc=("sql-lookups",),
    packages=("python3-psycopg-c", "python3-pymysql"),
    users=(User(USER, 112),),
)
