"""Sessions: Dovecot's open connections and its logins, after accounts have changed."""

from __future__ import annotations

import math
import os
import signal
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from mailwright.core import sockets
from mailwright.formats import socketmap
from mailwright.host.commands import run
from mailwright.observe.log_lines import LOG
from mailwright.observe.submissions import logins

DOVEADM = "/usr/bin/doveadm"
SECONDS = 2.0  # for an answer of sql-lookups


def kick(user: str) -> None:
    """Closes the sessions of the account, or of all that the mask ``user`` matches."""
    run((DOVEADM, "kick", user))
    written = () if knows_logins() else unknown_submissions(user)
    for smtpd in {*submissions(user), *written}:
        with suppress(ProcessLookupError):
            os.kill(smtpd, signal.SIGTERM)


def submissions(user: str, folder: Path = Path(sockets.AUTH_RELAY).parent, proc: Path = Path("/proc")) -> Iterator[int]:
    """The processes of Postfix at which ``user`` has logged in last, as auth-relay has written down."""
    for session in folder.glob("[0-9]*"):
        with suppress(OSError):
            is_smtpd = (proc / session.name / "comm").read_text() == "smtpd\n"
            if is_smtpd and session.read_text().lower() == user.lower():
                yield int(session.name)


def knows_logins() -> bool:
    """Whether auth-relay, which Postfix asks, writes down each login."""
    return sockets.AUTH_RELAY in run(("/usr/sbin/postconf", "-hx", "smtpd_sasl_path")).output


def unknown_submissions(user: str, log: Path = LOG, proc: Path = Path("/proc")) -> Iterator[int]:
    """The processes of Postfix whose client is ``user``, or may be: nothing tells before its first mail.

    No mail is lost: one that was accepted is in the queue, and a client that has no answer sends it again.
    """
    for process, login in logins(log).items():
        with suppress(OSError):
            if (proc / str(process) / "comm").read_text() == "smtpd\n" and login in ("", user.lower()):
                yield process


def forget_logins(users: Sequence[str] | None) -> None:
    """Dovecot asks again about ``users``, or about all of them (None), and does not use what it remembered."""
    run((DOVEADM, "auth", "cache", "flush", *(users or ())))


def forget_answers(path: str = sockets.SQL_POSTFIX) -> None:
    """sql-lookups, if it runs, asks the database again and does not use what it remembered."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(SECONDS)
        connection.connect(path)
        connection.sendall(socketmap.netstring(f"{socketmap.FORGET} ".encode()))
        connection.recv(100)


def wait_for_logins(changed: Mapping[str, bool | None]) -> None:
    """Dovecot knows the ``changed`` logins afterwards: True added, False removed, None new password.

    It looks at its passwd-file once a second. A new password can't be asked for, so that second is waited for.
    """
    next_second = math.floor(time.time()) + 1.02
    for name, is_there in changed.items() or (("", None),):
        while time.time() < next_second and (is_there is None or has_login(name) is not is_there):
            time.sleep(0.02)


def has_login(name: str) -> bool:
    """Whether Dovecot knows the account."""
    return bool(run((DOVEADM, "user", name)))
