"""The state's list of the keys that stored mail may be encrypted with: without one of them, mail could not be read."""

from __future__ import annotations

from pathlib import Path

from mailwright.core import paths
from mailwright.host.files import write_durably
from mailwright.model.mail_crypt import USERS, MailCrypt, needed


def listed(path: Path = Path(paths.MAIL_CRYPT_KEYS)) -> dict[str, str]:
    """Digest → name of the keys that were used."""
    return dict(needed(path.read_bytes())) if path.exists() else {}


def remember(mail_crypt: MailCrypt | None, path: Path = Path(paths.MAIL_CRYPT_KEYS)) -> None:
    """The key of new mail, or that users have theirs, is in the list. Call it before Dovecot encrypts with it."""
    if not mail_crypt or not mail_crypt.encrypts:
        return
    digest, name = (USERS, USERS) if mail_crypt.writes_user_keys else (mail_crypt.newest.digest, mail_crypt.newest.name)
    if digest not in (keys := listed(path)):
        _write(keys | {digest: name}, path)


def forget(name: str, path: Path = Path(paths.MAIL_CRYPT_KEYS)) -> None:
    """The list has no key ``name``."""
    _write({digest: one for digest, one in listed(path).items() if one != name}, path)


def _write(keys: dict[str, str], path: Path) -> None:
    write_durably(path, "".join(f"{digest} {name}\n" for digest, name in keys.items()), 0o600)
