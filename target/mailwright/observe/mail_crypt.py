"""Which keys the mail of a mailbox is encrypted with, as the files on disk say; Dovecot need not run."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mailwright.core import paths
from mailwright.formats.encrypted_mail import keys_of

HEAD = 4096  # bytes of a file with one mail that are looked at
SINGLE, MANY = re.compile(r"u\.\d+"), re.compile(r"m\.\d+")  # files of sdbox and mdbox
ATTRIBUTES = "home/dovecot-attributes"  # below a mailbox: the key of its user, and those of its folders
ACTIVE, PUBLIC = b"/crypt/active", re.compile(rb"/crypt/pubkeys/([0-9a-f]{64})")
INDEX = "fts-flatcurve"  # a search index, which has the text of mail


def mailboxes(root: Path = Path(paths.MAIL)) -> Iterator[tuple[str, Path]]:
    """Address and folder of each mailbox below ``root``, also of accounts that are gone."""
    for domain in sorted(path for path in root.glob("[!.]*") if path.is_dir()):
        for folder in sorted(path for path in domain.glob("[!.]*") if path.is_dir()):
            yield f"{folder.name}@{domain.name}", folder


def keys_in(folder: Path) -> Counter[str]:
    """Digest → number of mails; "" is mail that is not encrypted."""
    found: Counter[str] = Counter()
    for where, folders, names in os.walk(folder):
        if Path(where) == folder and "home" in folders:
            folders.remove("home")  # scripts
        is_maildir = Path(where).name in ("cur", "new")
        for name in names:
            if is_maildir or SINGLE.fullmatch(name):
                found.update(keys_of(_read(Path(where, name), HEAD), dbox=not is_maildir))
            elif MANY.fullmatch(name):
                found.update(keys_of(_read(Path(where, name), -1), dbox=True))
    return found


def has_index(folder: Path) -> bool:
    """Whether a search index is beside the mail."""
    return any(INDEX in folders for _, folders, _ in os.walk(folder))


def has_user_key(folder: Path) -> bool:
    """Whether the mailbox has a key of its user."""
    return ACTIVE in _read(folder / ATTRIBUTES, -1)


def digests_of_user(folder: Path) -> set[str]:
    """The digests of the keys in the mailbox that its user's key opens, and of that key."""
    return {match.decode() for match in PUBLIC.findall(_read(folder / ATTRIBUTES, -1))}


def _read(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(size)
    except FileNotFoundError:  # moved or expunged meanwhile
        return b""
