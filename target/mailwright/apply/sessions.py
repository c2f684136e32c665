"""Sessions: Dovecot's open connections and its logins, after accounts have changed."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

from mailwright.host.commands import run

DOVEADM = "/usr/bin/doveadm"


def kick(user: str) -> None:
    """Closes the sessions of the account, or of all that the mask ``user`` matches."""
    run((DOVEADM, "kick", user))


def forget_logins(users: Sequence[str] | None) -> None:
    """Dovecot asks again about ``users``, or about all of them (None), and does not use what it remembered."""
    run((DOVEADM, "auth", "cache", "flush", *(users or ())))


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
