"""The proof of the house: a daemon of its own variable, folder, port and template, declared in this file alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from mailwright.core.endpoints import Sockets
from mailwright.core.textfile import TextFile
from mailwright.core.tree import File, Folder
from mailwright.model.mailserver import Mailserver
from mailwright.render.tree import enabled, render
from mailwright.services import PORTS, SERVICES, folders, ports
from mailwright.services.declaration import Port, Program, Service, User
from mailwright.services.template import rendered
from mailwright.settings import Settings
from tests.unit.operator import mailserver

TEMPLATE = "# {{ hostname }}\nlimit = {{ settings.nntp_limit }}\n"


class WithNews(Settings):
    """The settings with two more variables."""

    enable_nntp: bool = True
    nntp_limit: int = 7


def news(settings: Settings) -> WithNews:
    """The settings, which are those of this test."""
    assert isinstance(settings, WithNews)
    return settings


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    yield File("nntpd/nntpd.conf", rendered("nntpd/nntpd.conf.j2", mailserver, etc), "nntpd")


def state(settings: Settings, _sockets: Sockets) -> Iterator[Folder]:
    if news(settings).enable_nntp:
        yield Folder("/var/mail-state/lib-nntpd", "nntpd:nntpd", 0o750)


def is_on(mailserver: Mailserver) -> bool:
    return news(mailserver.settings).enable_nntp


NNTPD = Service(
    name="nntpd",
    summary="reads news",
    start=75,  # between Dovecot and postsrsd
    enabled=is_on,
    files=files,
    program=lambda _: Program("/usr/sbin/nntpd -F", user="nntpd"),
    state=state,
    ports=(Port("nntp", 119, "STARTTLS", "reading news", "ENABLE_NNTP", is_on, "200 ", lambda _: ("192.0.2.1",)),),
    etc=("nntpd",),
    packages=("nntpd",),
    users=(User("nntpd", 111),),
)
ALL = (*SERVICES, NNTPD)
PLAIN = mailserver(ENABLE_FAIL2BAN="1", ENABLE_MTA_STS="1", ENABLE_SRS="1")


def with_news(**more: object) -> Mailserver:
    """The same server with the settings and the template of the daemon."""
    settings = WithNews.model_validate({**PLAIN.settings.model_dump(), **more})
    templates = {**PLAIN.templates, "nntpd/nntpd.conf.j2": TextFile("templates/nntpd/nntpd.conf.j2", TEMPLATE)}
    return replace(PLAIN, settings=settings, templates=templates)


def texts(mailserver: Mailserver, services: tuple[Service, ...]) -> dict[str, str]:
    return {path: file.content for path, file in render(mailserver, services=services).items()}


def added(before: str, after: str) -> str:
    """The lines that ``after`` has more, in one piece; no other line differs."""
    start = next(number for number, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1])
    piece = after[start : start + len(after) - len(before)]
    assert after.replace(piece, "", 1) == before
    return piece


def test_nothing_else_changes() -> None:
    before, after = texts(PLAIN, SERVICES), texts(with_news(), ALL)
    changed = {path for path in after if before.get(path) != after[path]}
    assert changed == {"nntpd/nntpd.conf", "supervisor/supervisord.conf", "supervisor/probes"}
    assert set(before) <= set(after)


def test_its_file_knows_the_common_names() -> None:
    assert texts(with_news(nntp_limit=9), ALL)["nntpd/nntpd.conf"] == "# mail.example.com\nlimit = 9\n"


def test_supervisord_gets_one_program_more_and_no_other_number() -> None:
    path = "supervisor/supervisord.conf"
    piece = added(texts(PLAIN, SERVICES)[path], texts(with_news(), ALL)[path])
    assert piece.count("[program:") == 1
    for line in ("[program:nntpd]", "command = /usr/sbin/nntpd -F", "user = nntpd", "priority = 75"):
        assert f"{line}\n" in piece


def test_it_starts_in_its_place() -> None:
    names = [service.name for service in enabled(with_news(), ALL)]
    assert names[names.index("nntpd") - 1 : names.index("nntpd") + 2] == ["dovecot", "nntpd", "postsrsd"]


def test_the_health_check_greets_it_where_it_listens() -> None:
    path = "supervisor/probes"
    piece = added(texts(PLAIN, SERVICES)[path], texts(with_news(), ALL)[path])
    assert sorted(piece.split()) == sorted(["nntpd", "nntp", "192.0.2.1", "119", "plain", "200"])


def test_it_reads_the_certificate() -> None:
    assert "nntpd" in render(with_news(), services=ALL)["dms/tls/key"].readers


@pytest.mark.parametrize(("on", "more"), [(True, ["/var/mail-state/lib-nntpd"]), (False, [])])
def test_its_folder(on: bool, more: list[str]) -> None:
    settings = with_news(enable_nntp=on).settings
    before = [folder.path for folder in folders(settings, services=SERVICES)]
    assert [folder.path for folder in folders(settings, services=ALL)] == [*before, *more]


def test_its_port_is_one_row_more() -> None:
    assert set(ports(ALL)) - set(PORTS) == {*NNTPD.ports}
    assert [port.name for port in ports(ALL) if port.name != "nntp"] == [port.name for port in PORTS]


def test_switched_off_it_leaves_nothing() -> None:
    assert texts(with_news(enable_nntp=False), ALL) == texts(PLAIN, SERVICES)
