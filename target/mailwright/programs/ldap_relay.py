"""``python3 -m mailwright.programs.ldap_relay FILE``: Postfix's and Dovecot's way to the directory.

Dovecot 2.4 waits a minute for an LDAP server that hangs, and each process of Postfix waits for itself. This program
answers each look-up in time: with what the directory says, or with "unavailable", which both take for a temporary
failure. It alone knows the directory's password, speaks TLS and keeps the connections: one for all look-ups, and a few
on which users' passwords are tried. It passes searches and logins on and refuses every other operation.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mailwright.formats import ldap_messages
from mailwright.formats.ldap_messages import ANSWERS, Code, Inbox, Message, NotLdapError, Op
from mailwright.programs.ldap_connection import Connection, Server
from mailwright.programs.ldap_memory import LONG, Memory, of_addresses, of_domains
from mailwright.programs.ldap_paths import leading_out

PROBE_SECONDS = 1.0  # between two attempts to reach a directory that is down
REFUSED_SECONDS = 20.0  # between two attempts if it refuses our password: more would lock the account
IDLE = 8  # connections for logins that are kept


class UnavailableError(Exception):
    """The directory is down, and why."""


class Directory:
    """A directory of one or more servers: one connection for all searches, and some for logins."""

    def __init__(self, name: str, server: Server) -> None:
        self.name, self.server = name, server
        self.searches: Connection | None = None
        self.logins: list[Connection] = []
        self.down = ""  # why it cannot be asked at present
        self.connecting: asyncio.Task[Connection] | None = None
        self.tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """``work`` as a task that is kept until it ends."""
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    @property
    def connected(self) -> Connection | None:
        """The connection for searches, if there is one now."""
        return self.searches if self.searches and not self.searches.closed and not self.down else None

    async def connection(self) -> Connection:
        """The connection for searches; UnavailableError at once while the directory is known to be down."""
        if self.down:
            raise UnavailableError(self.down)
        if self.connected:
            return self.connected
        if not self.connecting or self.connecting.done():
            self.connecting = self.start(self.server.bound(self.is_down))
        await asyncio.wait({self.connecting}, timeout=self.server.timeout)
        if not self.connecting.done():
            self.is_down(f"{self.server.uris[0]} has not answered within {self.server.timeout:g} s")
        elif not self.connecting.cancelled() and (error := self.connecting.exception()):
            self.is_down(str(error))
        if self.down:
            raise UnavailableError(self.down)
        self.searches = self.connecting.result()
        return self.searches

    def say(self, text: str) -> None:
        """A line of the log."""
        print(f"ldap-relay: {self.name}: {text}", flush=True)

    def is_down(self, reason: str) -> None:
        """Answers "unavailable" from now on, and tries to reach the directory until it answers."""
        if not self.down:
            self.down = reason
            self.say(f"{reason}; look-ups and logins get a temporary failure")
            if self.connecting:
                self.connecting.cancel()
            self.start(self._recovered())

    async def _recovered(self) -> None:
        """Waits until the directory answers."""
        if self.searches:
            self.searches.close("given up")
        while True:
            await asyncio.sleep(REFUSED_SECONDS if "refuses" in self.down else PROBE_SECONDS)
            try:
                self.searches = await self.server.bound(self.is_down)
            except OSError as error:
                self.down = str(error)
            else:
                self.down = ""
                self.say(f"{self.searches.uri} answers")
                return

    async def login(self, name: bytes, password: bytes) -> tuple[int, str]:
        """What the directory says of a user's password: result code and text."""
        if self.down:
            raise UnavailableError(self.down)
        self.logins = [kept for kept in self.logins if not kept.closed]
        try:
            connection = self.logins.pop() if self.logins else await self.server.connection()
            code, text = await connection.bind(name, password)
        except OSError as error:
            self.is_down(str(error))
            raise UnavailableError(self.down) from None
        if len(self.logins) < IDLE:
            self.logins.append(connection)
        else:
            connection.close("not needed")
        return code, text


class Client(asyncio.Protocol):
    """One connection of Postfix or Dovecot."""

    def __init__(self, directory: Directory, memory: Memory | None) -> None:
        self.directory, self.memory = directory, memory
        self.inbox = Inbox()
        self.asked: dict[int, tuple[Connection, int]] = {}  # number here → connection and number there
        self.entries: dict[int, list[bytes]] = {}  # number here → what has come and is not sent
        self.long: set[int] = set()  # numbers here of which entries were sent

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client has connected."""
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Starts what the client asks for."""
        try:
            for request in self.inbox.messages(data):
                if request.op == Op.UNBIND:
                    break
                self.take(request)
            else:
                return
        except NotLdapError:
            pass
        self.transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        """Nobody waits for the answers any more."""
        for connection, number in self.asked.values():
            connection.abandon(number)
        self.asked.clear()

    def take(self, request: Message) -> None:
        """Starts what the request asks for."""
        if request.op == Op.SEARCH:
            if self.remembered(request, down=False):
                return
            connected = self.directory.connected
            if connected:
                self.pass_on(request, connected)
            else:
                self.directory.start(self.search(request))
        elif request.op == Op.BIND:
            self.directory.start(self.bind(request, *ldap_messages.credentials(request)))
        elif request.op == Op.ABANDON:
            self.abandon(int.from_bytes(request.content, "big"))
        elif request.op in ANSWERS:
            self.say(request, Code.UNWILLING_TO_PERFORM, "only searches and logins are allowed")

    def abandon(self, number: int) -> None:
        """The client does not want the answer to its request ``number`` any more."""
        connection, there = self.asked.pop(number, (None, 0))
        self.entries.pop(number, None)
        self.long.discard(number)
        if connection:
            connection.abandon(there)

    def say(self, request: Message, code: int, text: str, entries: Sequence[bytes] = ()) -> None:
        """Answers the request itself."""
        self.write(request, entries, ldap_messages.answer(request.number, ANSWERS[request.op], code, text))

    def write(self, request: Message, entries: Sequence[bytes], done: bytes = b"") -> None:
        """Sends all at once: each write would wake the client."""
        self.transport.write(b"".join((*(Message(0, Op.ENTRY, one).encoded(request.number) for one in entries), done)))

    async def bind(self, request: Message, name: bytes, password: bytes | None) -> None:
        """A user's password is tried in the directory. Without a name the client keeps our connection."""
        if password is None:
            self.say(request, Code.AUTH_METHOD_NOT_SUPPORTED, "")
        elif not name and not password:
            self.say(request, Code.SUCCESS, "")
        elif not name or not password:
            # A name without a password would be an anonymous login, which servers accept (RFC 4513, section 5.1.2).
            self.say(request, Code.INVALID_CREDENTIALS, "")
        else:
            try:
                self.say(request, *await self.directory.login(name, password))
            except UnavailableError as error:
                self.say(request, Code.UNAVAILABLE, str(error))

    async def search(self, request: Message) -> None:
        """Passes the search on once there is a connection."""
        try:
            self.pass_on(request, await self.directory.connection())
        except UnavailableError as error:
            if not self.remembered(request, down=True):
                self.say(request, Code.UNAVAILABLE, str(error))

    def pass_on(self, request: Message, connection: Connection) -> None:
        """Passes the search on, and the entries and the result back."""
        number = connection.ask(request, partial(self.pass_back, request))
        self.asked[request.number] = (connection, number)

    def remembered(self, request: Message, *, down: bool) -> bool:
        """Whether the memory has answered."""
        known = self.memory.get(request, down=down) if self.memory else None
        if known is None:
            return False
        self.say(request, Code.SUCCESS, "", known)
        return True

    def pass_back(self, request: Message, answer: Message | None) -> None:
        """One message of the directory; None if there will be none."""
        if answer and answer.op == Op.ENTRY:
            self.keep(request, answer.rest)
            return
        self.asked.pop(request.number, None)
        is_long, entries = request.number in self.long, self.entries.pop(request.number, [])
        self.long.discard(request.number)
        code, text = ldap_messages.result(answer) if answer else (Code.UNAVAILABLE, self.directory.down)
        if wrong := leading_out(entries, self.directory.server.paths):
            self.directory.say(f"{wrong}; told to try again later")
            self.say(request, Code.UNAVAILABLE, wrong)
            return
        if self.memory and code == Code.SUCCESS and not is_long:
            self.memory.put(request, entries)
        elif code != Code.SUCCESS and self.remembered(request, down=True):
            return
        if answer and code not in (Code.REFERRAL, Code.NO_SUCH_OBJECT):
            self.write(request, entries, answer.encoded(request.number))
        elif code == Code.NO_SUCH_OBJECT and not self.directory.server.base_is_fixed:
            self.say(request, code, text, entries)
        else:
            # A search below a base that is there has a result, if an empty one. Without the base, or rights on it, the
            # directory has not said that there is no such user.
            text = text or "the search base is missing, or we may not read it"
            self.say(request, Code.UNAVAILABLE, text, entries)

    def keep(self, request: Message, entry: bytes) -> None:
        """An entry waits for those behind it, unless they are many or one is enough."""
        found = self.entries.setdefault(request.number, [])
        found.append(entry)
        if self.memory and self.memory.first_only:  # to know a domain; the tables ask for one entry (size_limit)
            self.memory.put(request, self.entries.pop(request.number))
            self.say(request, Code.SUCCESS, "", found)
            connection, number = self.asked.pop(request.number)
            connection.forget(number)
        elif len(found) > LONG:  # all entries of a directory may come
            self.long.add(request.number)
            self.write(request, found)
            found.clear()


async def serve(directory: Directory, path: str, memory: Memory | None = None) -> asyncio.Server:
    """Listens on ``path``."""
    Path(path).unlink(missing_ok=True)
    loop = asyncio.get_running_loop()
    return await loop.create_unix_server(lambda: Client(directory, memory), path, backlog=200)


async def main(file: str) -> None:
    """Serves every directory of the file ``file``, each on its socket."""
    read: dict[str, dict[str, Any]] = json.loads(Path(file).read_text("utf-8"))
    try:
        directories = [Directory(name, Server.of(values)) for name, values in read.items()]
    except OSError as error:
        sys.exit(f"LDAP_TLS_CA_CERT_FILE, LDAP_TLS_CA_CERT_DIR, LDAP_TLS_CERT or LDAP_TLS_KEY cannot be used: {error}")
    servers = []
    for directory in directories:
        for_postfix = bool(directory.server.domains_socket)
        servers.append(await serve(directory, directory.server.socket, of_addresses() if for_postfix else None))
        if for_postfix:
            servers.append(await serve(directory, directory.server.domains_socket, of_domains()))
    for directory in directories:
        directory.start(directory.connection()).add_done_callback(lambda task: task.exception())
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    os.umask(0o111)  # the sockets' folders say who may connect
    asyncio.run(main(sys.argv[1]))
