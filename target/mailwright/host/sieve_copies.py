"""docker-mailserver's copies of ACCOUNT.dovecot.sieve in the homes of users: each would run beside its original."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mailwright.core import paths
from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile

NAME = ".dovecot.sieve"


def settle(scripts: Mapping[str, TextFile], root: Path = Path(paths.MAIL)) -> Iterator[Problem]:
    """No copy of one of ``scripts`` (by account) runs afterwards; a warning for each one, and for what differs.

    The link to a script that a user has uploaded stays.
    """
    for address, script in scripts.items():
        user, _, domain = address.partition("@")
        path = root / domain / user / "home" / NAME
        if path.is_symlink() or not path.is_file():
            continue
        try:
            copied = path.read_text(encoding="utf-8-sig", errors="replace") == script.text
            if copied:
                path.rename(path.with_name(f"{NAME}.dms"))
        except OSError as error:
            yield Problem(script.name, f"{path} runs too: {(error.strerror or 'error').lower()}", "", True)
            continue
        if copied:
            what = f"docker-mailserver's copy {path} is renamed to {NAME}.dms: it would run a second time"
            yield Problem(script.name, what, "", True)
        else:
            hint = "delete it if it is an old copy by docker-mailserver"
            yield Problem(script.name, f"{path} differs and runs too, after it", hint, True)
