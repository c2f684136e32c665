"""What Postfix and Dovecot get of an LDAP directory that answers, errs, hangs or is not there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from mailwright.formats import ldap_messages
from mailwright.formats.ldap_messages import Code, Inbox, Message, Op, integer, tlv
from mailwright.programs import ldap_relay
from mailwright.programs.ldap_connection import Server
from mailwright.programs.ldap_memory import of_addresses, of_domains
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


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, loopback: None) -> None:
    monkeypatch.setattr(ldap_relay, "PROBE_SECONDS", 0.05)


def test_searches_and_logins_pass(tmp_path: Path) -> None:
    async def play(lab: Lab) -> None:
        client = await lab.client()
        assert await client.bind(b"", b"") == [Code.SUCCESS]
        assert await client.search() == [Op.ENTRY, Op.ENTRY, Code.SUCCESS]
        assert await client.bind(b"cn=alice", b"right") == [Code.SUCCESS]
        assert await client.bind(b"cn=alice", b"wrong") == [Code.INVALID_CREDENTIALS]
        assert await client.search() == [Op.ENTRY, Op.ENTRY, Code.SUCCESS]

    run(tmp_path, willing, play)


def test_a_name_without_a_password_is_no_login(tmp_path: Path) -> None:
    async def play(lab: Lab) -> None:
        client = await lab.client()
        assert await client.bind(b"cn=alice", b"") == [Code.INVALID_CREDENTIALS]
        assert await client.bind(b"", b"right") == [Code.INVALID_CREDENTIALS]

    run(tmp_path, lambda _: iter([done(Code.SUCCESS, Op.BIND_DONE)]), play)


@pytest.mark.parametrize("op", [0x66, 0x68, 0x6C, 0x6E, Op.EXTENDED])
def test_nothing_can_be_changed(tmp_path: Path, op: int) -> None:
    async def play(lab: Lab) -> None:
        client = await lab.client()
        assert await client.ask(tlv(op, b"")) == [Code.UNWILLING_TO_PERFORM]

    run(tmp_path, willing, play)


@pytest.mark.parametrize(
    ("code", "told"), [(Code.NO_SUCH_OBJECT, 52), (Code.REFERRAL, 52), (51, 51), (53, 53), (80, 80)]
)
def test_an_error_is_never_no_such_user(tmp_path: Path, code: int, told: int) -> None:
    async def play(lab: Lab) -> None:
        assert await (await lab.client()).search() == [told]

    run(tmp_path, answering(code), play)


def test_a_base_of_variables_may_be_missing(tmp_path: Path) -> None:
    async def play(lab: Lab) -> None:
        lab.directory.server = replace(lab.directory.server, base_is_fixed=False)
        assert await (await lab.client()).search() == [Code.NO_SUCH_OBJECT]

    run(tmp_path, answering(Code.NO_SUCH_OBJECT), play)


def test_a_directory_that_hangs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def play(lab: Lab) -> None:
        one, other = await lab.client(), await lab.client()
        both: list[list[int]] = list(await asyncio.gather(one.search(), other.bind(b"cn=alice", b"right")))
        assert both == [[52], [52]]
        assert await other.search() == [52]  # at once: it is known to be down
        lab.script = willing
        while await one.search() == [52]:
            await asyncio.sleep(0.02)
        assert await other.bind(b"cn=alice", b"right") == [Code.SUCCESS]

    run(tmp_path, lambda _: iter([]), play)
    assert "has not answered within 0.2 s; look-ups and logins get a temporary failure" in capsys.readouterr().out


def test_a_directory_that_ends_and_comes_back(tmp_path: Path) -> None:
    async def play(lab: Lab) -> None:
        client = await lab.client()
        assert await client.search() == [Op.ENTRY, Op.ENTRY, Code.SUCCESS]
        await lab.close()
        Path(lab.there).unlink(missing_ok=True)
        assert await client.search() == [52]
        await lab.open()
        while await client.search() == [52]:
            await asyncio.sleep(0.02)

    run(tmp_path, willing, play)


def test_a_refused_password_is_not_tried_all_the_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tries = []

    def script(request: Message) -> Iterator[bytes]:
        tries.append(request)
        yield done(Code.INVALID_CREDENTIALS, Op.BIND_DONE)

    async def play(lab: Lab) -> None:
        client = await lab.client()
        for _ in range(5):
            assert await client.search() == [52]
            await asyncio.sleep(0.06)
        assert len(tries) == 1

    run(tmp_path, script, play)
    assert "refuses the login of cn=us: wrong name or password" in capsys.readouterr().out


def test_domains_are_remembered(tmp_path: Path) -> None:
    def script(request: Message) -> Iterator[bytes]:
        ours = b"ours" in request.rest
        return willing(request) if request.op != Op.SEARCH or ours else iter([done(Code.SUCCESS)])

    async def play(lab: Lab) -> None:
        client = await lab.client("domains")
        assert await client.search(b"ours") == [Op.ENTRY, Code.SUCCESS]  # one entry is enough
        assert await client.search(b"theirs") == [Code.SUCCESS]
        await lab.close()
        Path(lab.there).unlink(missing_ok=True)
        lab.directory.is_down("gone")
        assert await client.search(b"ours") == [Op.ENTRY, Code.SUCCESS]
        assert await client.search(b"theirs") == [Code.SUCCESS]
        assert await client.search(b"new") == [52]
        assert await (await lab.client()).search(b"ours") == [52]

    run(tmp_path, script, play)


def test_several_programs_ask_about_an_address_and_the_directory_is_asked_once(tmp_path: Path) -> None:
    asked: list[bytes] = []

    def script(request: Message) -> Iterator[bytes]:
        if request.op == Op.SEARCH:
            asked.append(request.content)
        yield from answering(51)(request) if b"bad" in request.content else willing(request)

    async def play(lab: Lab) -> None:
        lab.relays.append(await serve(lab.directory, f"{lab.folder}/addresses", of_addresses()))
        clients = [await lab.client("addresses") for _ in range(2)]
        for client in clients:
            assert await client.search() == [Op.ENTRY, Op.ENTRY, Code.SUCCESS]
        assert len(asked) == 1
        for client in clients:  # an error is no answer
            assert await client.search(b"bad") == [51]
        assert len(asked) == 3
        await lab.close()
        assert await clients[0].search(b"new") == [Code.UNAVAILABLE]
        assert await clients[0].search(b"bad") == [Code.UNAVAILABLE]

    run(tmp_path, script, play)


def test_many_entries_pass_and_are_not_remembered(tmp_path: Path) -> None:
    asked: list[bytes] = []

    def script(request: Message) -> Iterator[bytes]:
        if request.op == Op.SEARCH:
            asked.append(request.content)
            yield from (entry(b"cn=%d" % number) for number in range(250))
            yield done(Code.SUCCESS)
        else:
            yield from willing(request)

    async def play(lab: Lab) -> None:
        lab.relays.append(await serve(lab.directory, f"{lab.folder}/addresses", of_addresses()))
        client = await lab.client("addresses")
        for _ in range(2):
            assert await client.search() == [*[Op.ENTRY] * 250, Code.SUCCESS]
        assert len(asked) == 2

    run(tmp_path, script, play)


def test_a_domain_is_known_by_one_entry_and_the_limit_behind_it_is_not_an_error(tmp_path: Path) -> None:
    def script(request: Message) -> Iterator[bytes]:
        if request.op == Op.SEARCH:
            yield from (entry(b"cn=1"), done(Code.SIZE_LIMIT_EXCEEDED))
        else:
            yield from willing(request)

    async def play(lab: Lab) -> None:
        client = await lab.client("domains")
        assert await client.search() == [Op.ENTRY, Code.SUCCESS]
        assert await client.search() == [Op.ENTRY, Code.SUCCESS]
        assert await client.search(b"other") == [Op.ENTRY, Code.SUCCESS]

    run(tmp_path, script, play)
