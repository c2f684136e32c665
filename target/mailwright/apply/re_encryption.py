"""Re-encryption: the mail of a mailbox is written anew, with the key of new mail or plain; nothing else changes.

dsync writes a copy beside the mailbox, in which each mail keeps its UID, GUID, flags and date. The copy takes the
mailbox's place in one step (renameat2(2) with RENAME_EXCHANGE), so there is always a whole mailbox at its path. Mail
that arrived meanwhile is taken over from the former one, which is removed when every mail of it is found in its place.
An interruption at any point leaves a whole mailbox; the next run goes on.
"""

from __future__ import annotations

import ctypes
import os
import shutil
from collections import Counter
from pathlib import Path

from mailwright.apply.sessions import DOVEADM, kick
from mailwright.core.values import Address, amount
from mailwright.host.commands import Done, run
from mailwright.observe import dovecot

LIMIT = 24 * 3600.0  # seconds for one mailbox
AT_FDCWD, RENAME_EXCHANGE = -100, 2
MARK = "mail-crypt-copy"  # a file in the copy, also after it has become the mailbox
RIGHTS = "dovecot-acl"  # dsync leaves these files out
INCOMPLETE = 2  # exit code of dsync: mail changed meanwhile, so it wants to run again
ROUNDS = 5


class NotDoneError(Exception):
    """Why a mailbox is not re-encrypted; all of its mail is there."""


def re_encrypt(user: str, driver: str) -> None:
    """Every mail of ``user`` is stored as new mail is; NotDoneError says why not."""
    address = Address(user)
    mailbox = Path(dovecot.folder(address))
    copy = mailbox.with_name(f".{address.local}.mail-crypt")
    if not (mailbox / MARK).exists():
        _prepare(mailbox, copy)
        _dsync(user, "backup", f"{driver}:{copy}")
        kick(user)
        _dsync(user, "backup", f"{driver}:{copy}")
        _take_place(mailbox, copy)
    kick(user)
    if copy.exists():
        _dsync(user, "sync", "-1", "-R", f"{driver}:{copy}")
        _compare(user, copy)
        shutil.rmtree(copy)
    (mailbox / MARK).unlink()


def _prepare(mailbox: Path, copy: Path) -> None:
    """The folder ``copy`` is there, with its mark, and belongs to the owner of the ``mailbox``."""
    owner = mailbox.stat()
    copy.mkdir(0o700, exist_ok=True)
    (copy / MARK).touch(0o600)
    for path in (copy, copy / MARK):
        os.chown(path, owner.st_uid, owner.st_gid)


def _dsync(user: str, *words: str) -> None:
    """All that ``words`` ask of dsync is done. It would link to the old files of a maildir, not write new ones."""
    command = (DOVEADM, "-o", "maildir_copy_with_hardlinks=no", words[0], "-u", user, *words[1:])
    done = Done(INCOMPLETE)
    for _ in range(ROUNDS):
        if done.code == INCOMPLETE:
            done = run(command, limit=LIMIT)
    if not done:
        raise NotDoneError(done.reason)


def _take_place(mailbox: Path, copy: Path) -> None:
    """The ``copy`` is at the mailbox's path, with its scripts and rights, and the former mailbox at the copy's."""
    home = copy / "home"
    shutil.rmtree(home, ignore_errors=True)
    for rights in mailbox.rglob(RIGHTS):
        if (place := copy / rights.relative_to(mailbox)).parent.is_dir():
            _copy_with_owner(rights, place)
    if (mailbox / "home").is_dir():
        home.mkdir(0o700)  # so that no delivery is without a home between these two steps
        exchange(mailbox, copy)
        exchange(mailbox / "home", home)
    else:
        exchange(mailbox, copy)


def _copy_with_owner(source: Path, target: Path) -> None:
    shutil.copy2(source, target)
    owner = source.stat()
    os.chown(target, owner.st_uid, owner.st_gid)


def exchange(one: Path, other: Path) -> None:
    """Each folder is at the other's path."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE):
        reason = os.strerror(ctypes.get_errno()).lower()
        raise NotDoneError(f"the file system cannot exchange {one} and {other} in one step: {reason}")


def _compare(user: str, former: Path) -> None:
    """NotDoneError if a mail of the ``former`` mailbox is not in the present one."""
    missing = _mails(user, "-o", f"mail_path={former}") - _mails(user)
    if missing:
        raise NotDoneError(f"{amount(missing.total(), 'mail')} of {former} are not in the mailbox; nothing is deleted")


def _mails(user: str, *options: str) -> Counter[str]:
    """Each mail as ``FOLDER<tab>GUID``."""
    fetched = run((DOVEADM, *options, "-f", "tab", "fetch", "-u", user, "mailbox guid", "all"), limit=LIMIT)
    if not fetched:
        raise NotDoneError(fetched.reason)
    return Counter(fetched.output.splitlines()[1:])
