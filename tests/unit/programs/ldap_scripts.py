"""A scripted LDAP directory, the relay before it, and those who ask."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

from mailwright.formats import ldap_messages
from mailwright.formats.ldap_messages import Code, Inbox, Message, Op, integer, tlv
from mailwright.programs.ldap_connection import Server
from mailwright.programs.ldap_memory import of_domains
from mailwright.programs.ldap_relay import Directory, serve

SECONDS = 0.2
Script = Callable[[Message], Iterator[bytes]]  # a request → the operations of its answers


def done(code: int, op: int = Op.SEARCH_DONE) -> bytes:
    """An operation with a result."""
    return next(content for tag, content in ldap_messages.elements(ldap_messages.answer(1, op, code))).removeprefix(
        integer(1)
    )


def entry(name: bytes) -> bytes:
    return tlv(Op.ENTRY, tlv(4, name) + tlv(0x30, b""))


def willing(request: Message) -> Iterator[bytes]:
    """Two entries for each search; one password for all."""
    if request.op == Op.SEARCH:
        yield from (entry(b"cn=1"), entry(b"cn=2"), done(Code.SUCCESS))
    if request.op == Op.BIND:
        _, password = ldap_messages.credentials(request)
        yield done(Code.SUCCESS if password in (b"right", b"ours") else Code.INVALID_CREDENTIALS, Op.BIND_DONE)


def answering(code: int) -> Script:
    """Every search ends with ``code``."""
    return lambda request: iter([done(code)]) if request.op == Op.SEARCH else willing(request)


async def received(reader: asyncio.StreamReader) -> Message:
    """The next message."""
    inbox = Inbox()
    while True:
        if found := list(inbox.messages(await reader.readexactly(1))):
            return found[0]


class Client:
    """Postfix or Dovecot."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer, self.number = reader, writer, 0

    async def ask(self, rest: bytes) -> list[int]:
        """The operations of the answers, and the code of the last."""
        self.number += 1
        self.writer.write(Message(0, rest[0], rest).encoded(self.number))
        ops = []
        while True:
            answer = await received(self.reader)
            assert answer.number == self.number
            ops.append(answer.op)
            if answer.op not in (Op.ENTRY, Op.REFERENCE):
                return [*ops[:-1], ldap_messages.result(answer)[0]]

    async def search(self, name: bytes = b"(x=y)") -> list[int]:
        return await self.ask(tlv(Op.SEARCH, tlv(4, name)))

    async def bind(self, name: bytes, password: bytes) -> list[int]:
        return await self.ask(ldap_messages.bind_request(name, password))


class Lab:
    """A scripted directory, and the relay before it."""

    def __init__(self, folder: Path, script: Script) -> None:
        self.folder, self.script = folder, script
        self.there = f"{folder}/directory"
        uri = f"ldapi://{self.there.replace('/', '%2F')}"
        server = Server(f"{folder}/relay", f"{folder}/domains", (uri,), SECONDS, "cn=us", "ours")
        self.directory = Directory("test", server)
        self.writers: list[asyncio.StreamWriter] = []
        self.clients: list[asyncio.StreamWriter] = []

    async def open(self) -> None:
        self.server = await asyncio.start_unix_server(self._serve, self.there)

    async def relay(self) -> None:
        self.relays = [
            await serve(self.directory, f"{self.folder}/relay"),
            await serve(self.directory, f"{self.folder}/domains", of_domains()),
        ]

    async def close(self) -> None:
        """The directory is gone."""
        self.server.close()
        await self._gone(self.writers)

    async def end(self) -> None:
        """Nothing is left open."""
        await self._gone(self.clients)
        held = [connection for connection in (self.directory.searches, *self.directory.logins) if connection]
        for connection in held:
            connection.close("the end")
        for task in list(self.directory.tasks):
            task.cancel()
        await asyncio.gather(*self.directory.tasks, return_exceptions=True)
        await self.close()
        for server in self.relays:
            server.close()
        await asyncio.sleep(0.01)

    async def _gone(self, writers: list[asyncio.StreamWriter]) -> None:
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)
        writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await received(reader)
                for rest in self.script(request):
                    writer.write(Message(0, rest[0], rest).encoded(request.number))

    async def client(self, socket: str = "relay") -> Client:
        reader, writer = await asyncio.open_unix_connection(f"{self.folder}/{socket}")
        self.clients.append(writer)
        return Client(reader, writer)


def run(folder: Path, script: Script, play: Callable[[Lab], Awaitable[None]]) -> None:
    """``play`` with a directory that follows ``script``."""

    async def scene() -> None:
        lab = Lab(folder, script)
        await lab.open()
        await lab.relay()
        try:
            await asyncio.wait_for(play(lab), 10)
        finally:
            await lab.end()

    asyncio.run(scene())
