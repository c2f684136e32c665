"""What Postfix and Dovecot get of an LDAP directory that answers, errs, hangs or is not there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailwright.formats.ldap_messages import Code, Message, Op, tlv
from mailwright.programs import ldap_relay
from mailwright.programs.ldap_memory import of_addresses
from mailwright.programs.ldap_relay import serve
from tests.unit.programs.ldap_scripts import Lab, answering, done, entry, run, willing


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
