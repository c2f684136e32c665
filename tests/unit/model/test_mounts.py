from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.formats.mountinfo import Mount
from mailwright.model import mounts
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.inputs import Inputs
from mailwright.model.reading import Reading
from tests.unit.operator import sources


def unused(*points: str, kind: str = "ext4") -> list[str]:
    machine = replace(sources(), mounts=tuple(Mount(point, kind) for point in points))
    problems = list(mounts.unused(Inputs(Reading.of(machine), ConfigFolder({}))))
    assert all(problem.where == "volumes" for problem in problems)
    return [f"{problem.what} -> {problem.hint}{' (warning)' if problem.warning else ''}" for problem in problems]


@pytest.mark.parametrize(
    ("point", "path", "hint"),
    [
        (
            "/run/mailwright/etc/rspamd/override.d",
            "/etc/rspamd/override.d",
            "mount it at /tmp/docker-mailserver/rspamd/override.d",
        ),
        (
            "/run/mailwright/generations/12/dovecot/conf.d/10-mail.conf",
            "/etc/dovecot/conf.d/10-mail.conf",
            "put its content into dovecot.cf in the config folder",
        ),
        (
            "/run/mailwright/generations/1/postfix/main.cf",
            "/etc/postfix/main.cf",
            "put its content into postfix-main.cf in the config folder",
        ),
        (
            "/run/mailwright/etc/fail2ban/jail.d",
            "/etc/fail2ban/jail.d",
            "put its content into fail2ban-jail.cf in the config folder",
        ),
        (
            "/usr/lib/dovecot/sieve-pipe",
            "/usr/lib/dovecot/sieve-pipe",
            "mount it at /tmp/docker-mailserver/sieve-pipe",
        ),
        (
            "/usr/lib/dovecot/sieve-global",
            "/usr/lib/dovecot/sieve-global",
            "put its content into before.dovecot.sieve or after.dovecot.sieve in the config folder",
        ),
        ("/run/mailwright/etc/supervisor/supervisord.conf", "/etc/supervisor/supervisord.conf", "derive an image"),
    ],
)
def test_a_mount_over_what_is_rendered_is_refused(point: str, path: str, hint: str) -> None:
    [problem] = unused(point)
    assert problem.startswith(f"{path} is mounted, but this image does not read files there")
    assert hint in problem
    assert "(warning)" not in problem


def test_a_mount_for_a_daemon_that_is_not_here_is_a_warning() -> None:
    [problem] = unused("/etc/amavis/conf.d/50-user")
    assert problem == "/etc/amavis/conf.d/50-user is mounted, but no program of this image reads it ->  (warning)"


@pytest.mark.parametrize("point", ["/run/mailwright", "/run/mailwright/x", "/run/dovecot"])
def test_the_hosts_folders_are_not_emptied(point: str) -> None:
    [problem] = unused(point)
    assert problem == f"{point} must not be mounted from the host -> use tmpfs: /run"
    assert unused(point, kind="tmpfs") == []


def test_the_containers_own_mounts_are_fine() -> None:
    assert unused("/", "/proc", "/run", "/etc/hosts", "/etc/letsencrypt", "/var/mail", "/tmp/docker-mailserver") == []
