"""Keys of users: made, and protected with another password.

Dovecot gets passwords by a pipe or in a file of root in memory (/run), never as an argument: all can read those. The
account need not exist yet, so that its key is there before its first mail.
"""

from __future__ import annotations

import itertools
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from mailwright.apply.editing import Changes, RefusedError
from mailwright.apply.re_encryption import NotDoneError, exchange
from mailwright.apply.sessions import DOVEADM
from mailwright.core.values import Address
from mailwright.host.commands import Done, run
from mailwright.observe import dovecot
from mailwright.observe.mail_crypt import ATTRIBUTES, has_user_key, keys_in

DOVECOT = Path("/etc/dovecot/dovecot.conf")
VERSIONS = re.compile(r"^dovecot_\w+_version = .*\n", re.MULTILINE)
PRIVATE = "/run"  # in memory
SHOWN = 5
CHANGED = re.compile(r"Changed password for [1-9]\d* key")
# MAIL_CRYPT=user says the same. Before it is set, the keys can be made.
WITH_KEYS = """{versions}!include {path}
mail_plugins/mail_crypt = yes
crypt_user_key_curve = secp521r1
crypt_user_key_require_encrypted = yes
mail_attribute {{
  dict file {{
    path = %{{home}}/{attributes}
  }}
}}
"""


def has_key(address: str) -> bool:
    """Whether mail of ``address`` may be encrypted with a key of its own."""
    return has_user_key(Path(dovecot.folder(Address(address))))


def is_password(address: str, password: str) -> bool:
    """Whether Dovecot, which runs, lets ``address`` log in with the ``password``."""
    return bool(run((DOVEADM, "auth", "test", address), given=f"{password}\n"))


def provide(address: str, password: str) -> None:
    """``address`` has a key that the ``password`` opens; RefusedError if another password opens the key that it has.

    A key without mail is made anew: it is left over from an account that was not added in the end.
    """
    folder = Path(dovecot.folder(Address(address)))
    if has_user_key(folder) and not protect(address, password, password):
        if keys_in(folder):
            raise RefusedError(
                f"{address} has mail from before, with a key that another password opens: use that password, "
                f"or move {folder} to another place"
            )
        (folder / ATTRIBUTES).unlink()
    if not has_user_key(folder):
        from mailwright.templating.templates import dovecot as quoted  # Jinja, which the lists need not load

        done = _cryptokey(address, "generate", f"crypt_user_key_password = {quoted(password)}\n")
        if not done or not has_user_key(folder):
            raise RefusedError(f"no key of {address} was made: {done.reason}")


def protect(address: str, present: str, new: str) -> bool:
    """Whether the password ``present`` opened the key of ``address``; the ``new`` password does afterwards."""
    done = _cryptokey(address, "password", "", "-O", "-N", given=f"{present}\n{new}\n{new}\n")
    return bool(done) and bool(CHANGED.search(done.output + done.errors))


def _cryptokey(address: str, verb: str, more: str, *words: str, given: str = "") -> Done:
    """How ``doveadm mailbox cryptokey`` ended, with the server's configuration and ``more``; it writes as vmail."""
    try:
        versions = "".join(VERSIONS.findall(DOVECOT.read_text()))
    except OSError as error:
        raise RefusedError(f"{DOVECOT}: {(error.strerror or 'error').lower()}; the server must run") from None
    with tempfile.NamedTemporaryFile("w", dir=PRIVATE, suffix=".conf") as file:  # its mode is 0600
        file.write(WITH_KEYS.format(versions=versions, path=DOVECOT, attributes=Path(ATTRIBUTES).name) + more)
        file.flush()
        scope = ("--no-userdb-lookup", *words) if verb == "password" else ("--no-userdb-lookup", "-U", *words)
        command = (DOVEADM, "-c", file.name, "mailbox", "cryptokey", verb, *scope)
        return run(command, given=given, environ={"USER": address, "HOME": "/"})


def refuse_hashes(changes: Changes, addresses: Iterable[str]) -> None:
    """RefusedError if one of ``addresses`` needs a key or has one: a hash cannot open or make it."""
    known = [address for address in addresses if changes.user_keys or has_key(address)]
    if known:
        listed = ", ".join(known[:SHOWN]) + (" …" if len(known) > SHOWN else "")
        raise RefusedError(
            f"keys of users need the password, and {listed} would get only a hash; nothing was changed "
            "(setup email add and setup email update ask for it; setup email import takes CSV with passwords)"
        )


def lose(address: str, password: str) -> Path:
    """The folder that the mailbox of ``address`` is put aside in, with its keys; a new one has the ``password``.

    The scripts stay in use. No delivery meets a path without a mailbox.
    """
    folder = Path(dovecot.folder(Address(address)))
    owner, aside = folder.stat(), _free(folder)
    for path in (aside, aside / "home"):
        path.mkdir(0o700)
        os.chown(path, owner.st_uid, owner.st_gid)
    try:
        exchange(folder, aside)
        exchange(folder / "home", aside / "home")
    except NotDoneError as error:
        raise RefusedError(f"the login has the new password, but the mailbox stays: {error}") from None
    (folder / ATTRIBUTES).rename(aside / ATTRIBUTES)
    provide(address, password)
    return aside


def _free(folder: Path) -> Path:
    """A path beside ``folder`` that nothing has, and no address."""
    paths = (folder.with_name(f".{folder.name}.lost-{number}") for number in itertools.count(1))
    return next(path for path in paths if not path.exists())
