"""State: the folders that the daemons expect, with their owners."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mailwright.core import paths, sockets
from mailwright.settings import Settings

# Postfix's queues as its own postfix-files lists them.
QUEUES = "active bounce corrupt defer deferred flush hold incoming private saved trace".split()


def settle_all(settings: Settings) -> None:
    """The state's folders are there afterwards."""
    for directory in directories(settings):
        settle(directory)
    if settings.enable_fail2ban:
        Path(paths.LOG, "mail.log").touch(0o640)  # it watches what is there
    if settings.enable_rspamd:
        settle_cache(Path(paths.RSPAMD_CACHE), Path(paths.RSPAMD_STATE))


@dataclass(frozen=True, slots=True)
class Directory:
    """A folder that must be there before the daemons start."""

    path: str
    owner: str
    mode: int
    whole: bool = False  # what is in it belongs to the same owner


def directories(settings: Settings) -> tuple[Directory, ...]:
    """Every folder that a daemon expects to find."""
    mail = f"{settings.dms_vmail_uid}:{settings.dms_vmail_gid}"
    return (
        Directory(paths.MAIL, mail, 0o751),
        Directory(paths.LOG, "root:root", 0o755),
        Directory(paths.STATE, "root:root", 0o755),
        Directory(paths.POSTFIX_DATA, "postfix:postfix", 0o700, whole=True),
        Directory(paths.DOVECOT_STATE, "root:root", 0o755),
        Directory(paths.QUEUE, "root:root", 0o755),
        Directory(f"{paths.QUEUE}/pid", "root:root", 0o755),
        Directory(f"{paths.QUEUE}/public", "postfix:postdrop", 0o710),
        Directory(f"{paths.QUEUE}/maildrop", "postfix:postdrop", 0o730, whole=True),
        *(_filter_directories(settings) if settings.enable_rspamd else ()),
        *(_ban_directories() if settings.enable_fail2ban else ()),
        *(_policy_directories() if settings.enable_mta_sts else ()),
        *(Directory(f"{paths.QUEUE}/{name}", "postfix:root", 0o700, whole=True) for name in QUEUES),
    )


def _ban_directories() -> Iterator[Directory]:
    """Where fail2ban keeps its bans, and its socket."""
    yield Directory(paths.FAIL2BAN_STATE, "root:root", 0o750)
    yield Directory("/run/fail2ban", "root:root", 0o750)


def _policy_directories() -> Iterator[Directory]:
    """Where policies of other domains are kept, and the socket to ask for them."""
    yield Directory(paths.MTA_STS_STATE, "_mta-sts:_mta-sts", 0o750, whole=True)
    yield Directory(str(Path(sockets.MTA_STS).parent), "_mta-sts:postfix", 0o750)


def _filter_directories(settings: Settings) -> Iterator[Directory]:
    """Where the filters keep what they learn, and where their sockets lie: each group may reach one of them."""
    yield Directory(paths.RSPAMD_STATE, "_rspamd:_rspamd", 0o750, whole=True)
    yield Directory(str(Path(sockets.MILTER).parent), "_rspamd:postfix", 0o750)
    yield Directory(str(Path(sockets.RSPAMD_CONTROLLER).parent), f"_rspamd:{settings.dms_vmail_gid}", 0o750)
    if settings.enable_rspamd_redis:
        yield Directory(paths.REDIS_STATE, "redis:redis", 0o750, whole=True)
        yield Directory(str(Path(sockets.REDIS).parent), "redis:_rspamd", 0o750)
    if settings.enable_clamav:
        yield Directory(paths.CLAMAV_STATE, "clamav:clamav", 0o755, whole=True)
        yield Directory(str(Path(sockets.CLAMD).parent), "clamav:_rspamd", 0o750)


def owner_ids(owner: str) -> tuple[int, int]:
    """``user:group``, names or numbers, as numbers; KeyError when there is no such user."""
    user, _, group = owner.partition(":")
    uid = int(user) if user.isdigit() else pwd.getpwnam(user).pw_uid
    return uid, int(group) if group.isdigit() else grp.getgrnam(group).gr_gid


def settle(directory: Directory) -> None:
    """The folder is there with its owner and mode afterwards."""
    path = Path(directory.path)
    path.mkdir(parents=True, exist_ok=True)
    status, wanted = path.stat(), owner_ids(directory.owner)
    if (status.st_uid, status.st_gid) != wanted:
        # A volume of another image, whose users have other numbers.
        for item in (path, *(path.rglob("*") if directory.whole else ())):
            os.chown(item, *wanted, follow_symlinks=False)
    if status.st_mode & 0o7777 != directory.mode:
        path.chmod(directory.mode)


def settle_cache(shipped: Path, state: Path) -> None:
    """Links to the ``shipped`` files lie in ``state`` afterwards, and none to others.

    Rspamd compiles its patterns for the machine's processor, ten seconds long, unless it finds the work done.
    """
    for path in state.iterdir():
        if path.is_symlink() and not path.exists():
            path.unlink()
    for path in shipped.iterdir() if shipped.is_dir() else ():
        target = state / path.name
        if not target.exists():
            target.symlink_to(path)


def settle_programs(programs: Mapping[str, bytes], home: Path = Path(paths.PROGRAMS)) -> None:
    """``programs`` (path → content), and no others, are below ``home`` afterwards, for everybody to run."""
    if not programs and not home.exists():
        return
    for path in [it for it in home.rglob("*") if it.is_file() and it.relative_to(home).as_posix() not in programs]:
        path.unlink()
    for name, content in programs.items():
        path = home / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f".{path.name}.new")
            fresh.write_bytes(content)
            fresh.chmod(0o755)
            fresh.rename(path)
