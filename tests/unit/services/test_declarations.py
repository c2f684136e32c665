"""Each declaration is whole: what a service renders and uses is what it declares."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from mailwright.core.endpoints import SOCKETS, Inet, Sockets
from mailwright.services import PORTS, SERVICES, folders, image
from mailwright.services.declaration import Service
from mailwright.settings import Settings
from tests.scenarios.scenario import rendered
from tests.unit.operator import mailserver

EVERYTHING = Settings(enable_clamav=True, enable_fail2ban=True, enable_mta_sts=True)
ROOT = {"root"}


def name(service: Service) -> str:
    return service.name


def test_the_list_is_in_the_order_of_the_start() -> None:
    starts = [service.start for service in SERVICES]
    assert starts == sorted(set(starts))


@pytest.mark.parametrize("service", SERVICES, ids=name)
def test_every_rendered_file_lies_below_a_declared_name(service: Service) -> None:
    servers = [server for server, _, _ in (scenario.result for scenario in rendered()) if server]
    paths = {
        PurePosixPath(file.path)
        for server in servers
        if service.enabled(server)
        for file in service.files(server, "/etc")
    }
    assert [path for path in paths if not any(path.is_relative_to(folder) for folder in service.etc)] == []


@pytest.mark.parametrize("service", SERVICES, ids=name)
def test_it_runs_as_a_user_of_the_image(service: Service) -> None:
    known = ROOT | {user.name for one in SERVICES for user in one.users}
    assert service.program(mailserver()).user in known


def test_every_folder_belongs_to_a_user_and_group_of_the_image() -> None:
    users = ROOT | {str(EVERYTHING.dms_vmail_uid)} | {user.name for service in SERVICES for user in service.users}
    groups = users | {group.name for service in SERVICES for group in service.groups}
    for folder in folders(EVERYTHING):
        user, _, group = folder.owner.partition(":")
        assert (user in users, group in groups) == (True, True), folder


def test_a_folder_comes_before_those_in_it() -> None:
    paths = [folder.path for folder in folders(EVERYTHING)]
    late = [path for number, path in enumerate(paths) if any(p.startswith(f"{path}/") for p in paths[:number])]
    assert set(late) <= {"/var/log/mail"}


@pytest.mark.parametrize("learn", [True, False])
def test_nobody_else_commands_rspamd(learn: bool) -> None:
    settled = {folder.path: folder for folder in folders(Settings(dms_vmail_gid=8, rspamd_learn=learn))}
    folder = settled["/run/rspamd-controller"]
    assert (folder.owner, folder.mode) == ("_rspamd:_rspamd", 0o750)


def test_mail_belongs_to_whom_the_settings_say() -> None:
    owners = {folder.path: folder.owner for folder in folders(Settings(dms_vmail_uid=5007, dms_vmail_gid=8))}
    assert owners["/var/mail"] == "5007:8"
    assert owners["/var/mail-state/spool-postfix/maildrop"] == "postfix:postdrop"


@pytest.mark.parametrize(
    ("switch", "there"),
    [
        ({"enable_rspamd": False}, {"/run/rspamd", "/run/redis", "/run/clamav", "/var/mail-state/lib-rspamd"}),
        ({"enable_rspamd_redis": False}, {"/run/redis", "/var/mail-state/lib-redis"}),
        ({"enable_clamav": False}, {"/run/clamav", "/var/mail-state/lib-clamav"}),
        ({"enable_fail2ban": False}, {"/run/fail2ban", "/var/mail-state/lib-fail2ban"}),
        ({"enable_mta_sts": False}, {"/run/mta-sts", "/var/mail-state/lib-mta-sts"}),
    ],
)
def test_a_service_that_is_off_gets_no_folder(switch: dict[str, bool], there: set[str]) -> None:
    on = {folder.path for folder in folders(EVERYTHING)}
    off = {folder.path for folder in folders(EVERYTHING.model_copy(update=switch))}
    assert there <= on
    assert there & off == set()


def test_a_host_and_port_needs_no_folder() -> None:
    elsewhere = Sockets(milter=Inet("filter.example", 11332))
    there = {folder.path for folder in folders(EVERYTHING, SOCKETS)} - {
        folder.path for folder in folders(EVERYTHING, elsewhere)
    }
    assert there == {"/run/rspamd"}


@pytest.mark.parametrize(
    ("environ", "addresses"),
    [
        ({}, {"smtp": "127.0.0.1", "imap": "127.0.0.1"}),
        ({"POSTFIX_INET_PROTOCOLS": "ipv6"}, {"smtp": "::1", "imap": "127.0.0.1"}),
        ({"DOVECOT_INET_PROTOCOLS": "ipv6"}, {"smtp": "127.0.0.1", "imap": "::1"}),
    ],
)
def test_the_health_check_s_address_follows_the_protocols(environ: dict[str, str], addresses: dict[str, str]) -> None:
    server = mailserver(**environ)
    assert {port.name: port.local_address(server) for port in PORTS if port.name in addresses} == addresses


def test_what_belongs_to_no_service_belongs_to_none() -> None:
    assert not {*image.PACKAGES} & {package for service in SERVICES for package in service.packages}
    assert not {*image.ETC} & {path for service in SERVICES for path in service.etc}
