"""Which requests of mail programs get an answer, where look-ups know the domains and where files do."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from mailwright.core import sockets
from mailwright.core.client_settings import ClientSettings, load
from mailwright.web import account_page, autoconfig, autodiscover, profile
from tests.unit.formats.mail_programs import HOST, SETTINGS
from tests.unit.web.asgi import Answer, application, ask

LOOKED_UP = replace(SETTINGS, domains=frozenset(), any_domain=True)
CONFIG = "/mail/config-v1.1.xml"


@pytest.mark.parametrize(
    ("settings", "host", "query", "domain"),
    [
        (SETTINGS, "autoconfig.example.com", "", "example.com"),
        (SETTINGS, "autoconfig.example.com", "?emailaddress=a@example.com", "example.com"),
        (SETTINGS, "autoconfig.example.com", "?emailaddress=a@example.org", "example.org"),
        (SETTINGS, "autoconfig.example.com", "?emailaddress=a@other.test", ""),
        (SETTINGS, "autoconfig.example.com", "?emailaddress=example.com", ""),
        (SETTINGS, "AUTOCONFIG.EXAMPLE.COM:443", "", "example.com"),
        (SETTINGS, HOST, "?emailaddress=A@EXAMPLE.COM", "example.com"),
        (SETTINGS, HOST, "", ""),
        (SETTINGS, "autoconfig.other.test", "", ""),
        (LOOKED_UP, "autoconfig.example.com", "?emailaddress=a@example.com", "example.com"),
        (LOOKED_UP, "autoconfig.example.com", "?emailaddress=a@other.test", ""),
        (LOOKED_UP, HOST, "?emailaddress=a@example.com", ""),
        (replace(SETTINGS, offers=()), "autoconfig.example.com", "", ""),
    ],
)
def test_autoconfig(tmp_path: Path, settings: ClientSettings, host: str, query: str, domain: str) -> None:
    answer = ask(application(tmp_path, settings, autoconfig.routes), CONFIG + query, host)
    assert answer.status == (200 if domain else 404)
    assert (f'<emailProvider id="{domain}">' in answer.text) == bool(domain)


def test_autodiscover(tmp_path: Path) -> None:
    app = application(tmp_path, SETTINGS, autodiscover.routes)
    body = b"<EMailAddress>%s</EMailAddress>"
    assert "<Port>993</Port>" in ask(app, "/autodiscover/autodiscover.xml", body=body % b"a@example.com").text
    assert ask(app, "/autodiscover/autodiscover.xml", body=body % b"a@other.test").status == 404
    assert "<ErrorCode>600" in ask(app, "/autodiscover/autodiscover.xml", body=body % b"").text
    assert "<ErrorCode>600" in ask(app, "/Autodiscover/Autodiscover.xml").text
    path = "/autodiscover/autodiscover.json"
    assert ask(app, f"{path}/v1.0/a%40example.com?Protocol=autodiscoverv1").status == 200
    assert ask(app, f"{path}?Email=a@example.com&Protocol=Ews").status == 400
    assert ask(app, f"{path}?Email=a@other.test&Protocol=autodiscoverv1").status == 404


def page(tmp_path: Path, settings: ClientSettings, host: str, address: str) -> Answer:
    return ask(application(tmp_path, settings, account_page.routes), f"/setup?address={address}", host)


def test_the_page_leads_to_our_own_name(tmp_path: Path) -> None:
    link = "https://mail.example.net/mail.mobileconfig?address=a%26b%40example.com"
    answer = page(tmp_path, SETTINGS, "evil.test", "a%26b@example.com")
    assert f'<a href="{link}">' in answer.text
    assert "evil.test" not in answer.text
    looked_up = page(tmp_path, LOOKED_UP, "autoconfig.example.com", "a@example.com")
    assert '<a href="https://autoconfig.example.com/mail.mobileconfig?' in looked_up.text
    assert page(tmp_path, LOOKED_UP, HOST, "a@example.com").status == 404
    assert page(tmp_path, SETTINGS, HOST, "%3Csvg%20onload=x%3E@example.com").text.count("svg onload") == 0


async def _signer(path: Path, answer: bytes, asked: list[bytes]) -> asyncio.Server:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read())
        writer.write(answer)
        writer.close()

    return await asyncio.start_unix_server(speak, path)


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(("answer", "expected"), [(b"\x30\x00+\n", b"\x30\x00"), (b"-\n", None), (b"", None)])
def test_the_signer_is_asked(tmp_path: Path, answer: bytes, expected: bytes | None) -> None:
    asked: list[bytes] = []

    async def conversation() -> bytes:
        async with await _signer(tmp_path / "s", answer, asked):
            return await profile.Signer(str(tmp_path / "s")).profile("a@example.com")

    if expected is None:
        with pytest.raises(profile.BusyError):
            asyncio.run(conversation())
    else:
        assert asyncio.run(conversation()) == expected
    assert asked == [b"VERSION\tscript\t4\t0\n-\na@example.com\n\n"]


@pytest.mark.usefixtures("loopback")
def test_signatures_are_few(tmp_path: Path) -> None:
    asked: list[bytes] = []

    async def conversation() -> int:
        async with await _signer(tmp_path / "s", b"x+\n", asked):
            signer = profile.Signer(str(tmp_path / "s"))
            for count in range(profile.MOST * 2):
                try:
                    await signer.profile("a@example.com")
                except profile.BusyError:
                    return count
        return -1

    assert asyncio.run(conversation()) == profile.MOST == len(asked)


@pytest.mark.usefixtures("loopback")
def test_one_client_does_not_take_the_others_share(tmp_path: Path) -> None:
    async def conversation() -> list[str]:
        done = []
        async with await _signer(tmp_path / "s", b"x+\n", []):
            signer = profile.Signer(str(tmp_path / "s"))
            for client in ["192.0.2.1"] * profile.MOST + ["192.0.2.2", ""]:
                with suppress(profile.BusyError):
                    await signer.profile("a@example.com", client)
                    done.append(client)
        return done

    assert asyncio.run(conversation()) == ["192.0.2.1"] * profile.OF_ONE + ["192.0.2.2", ""]


@pytest.mark.usefixtures("loopback")
def test_without_a_signer_the_program_may_try_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "SIGNED_PROFILE", str(tmp_path / "none"))
    app = application(tmp_path, SETTINGS, profile.routes)
    assert ask(app, "/mail.mobileconfig?address=a@other.test").status == 404
    answer = ask(app, "/mail.mobileconfig?address=a@example.com")
    assert (answer.status, answer.headers["retry-after"]) == (503, "60")


def test_settings_are_kept_as_text() -> None:
    assert load(SETTINGS.dumped()) == SETTINGS
    assert load(LOOKED_UP.dumped()) == LOOKED_UP
