"""setup mail-crypt: the keys of stored mail, and the mail that is encrypted with them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from mailwright.apply import user_keys
from mailwright.apply.editing import RefusedError, config_folder
from mailwright.apply.re_encryption import NotDoneError, re_encrypt
from mailwright.cli import arguments, edits
from mailwright.cli.arguments import MAILBOX
from mailwright.cli.lazy import Group
from mailwright.cli.output import as_json, done, example, say, show
from mailwright.cli.reading import reads_sources
from mailwright.core import paths
from mailwright.core.problems import Exit
from mailwright.core.values import Address, amount
from mailwright.formats.encrypted_mail import PLAIN
from mailwright.formats.mail_crypt_keys import new_key
from mailwright.host import mail_crypt_keys
from mailwright.host.commands import run
from mailwright.host.files import write_durably
from mailwright.model.mail_crypt import FOLDER, SUFFIX, USERS
from mailwright.model.mailserver import Mailserver
from mailwright.observe import dovecot
from mailwright.observe.mail_crypt import digests_of_user, has_index, has_user_key, keys_in, mailboxes

OUR_PATH = f"{paths.MAIL}/%{{user | domain}}/%{{user | username}}"
PUBLIC = Path(paths.RENDERED, paths.MAIL_CRYPT, "public.key")  # what runs encrypts new mail with it
WARNING = """Make a backup of {path} now, at another place than the mail.
Whoever loses this file loses all mail that is encrypted with it. Whoever has it can read that mail."""


@click.group("mail-crypt", cls=Group)
def mail_crypt() -> None:
    """Encrypt stored mail: keys, status, encryption of mail that is there already."""


@mail_crypt.command(**example("setup mail-crypt key", "setup mail-crypt key me@example.com"))
@click.argument("address", type=MAILBOX, required=False)
@edits.refusals
def key(address: str | None) -> None:
    """Make a new key. With MAIL_CRYPT=global new mail is encrypted with it; older keys stay and open older mail.

    With ADDRESS: make the key of that account for MAIL_CRYPT=user. Its password is read from a pipe, or asked for.
    """
    if address:
        _make_key_of(address)
        return
    folder = config_folder() / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = folder.parent.stat()
    path = folder / f"{_free_name(folder)}{SUFFIX}"
    write_durably(path, new_key(), 0o600, (owner.st_uid, owner.st_gid))
    if folder.stat().st_uid != owner.st_uid:
        os.chown(folder, owner.st_uid, owner.st_gid)
    say(WARNING.format(path=path), "warning")
    done(f"made the key {path.stem}; with MAIL_CRYPT=global it encrypts new mail")


def _make_key_of(address: str) -> None:
    """The account has a key of its own, which its password opens."""
    if address not in (dovecot.users() or ()):
        raise RefusedError(f"there is no account {address}, or Dovecot does not run")
    password = arguments.present_password(address)
    if not user_keys.is_password(address, password):
        raise RefusedError(f"that is not the password of {address}")
    user_keys.provide(address, password)
    done(f"{address} has a key that its password opens; it is in {dovecot.folder(Address(address))}/home")


def _free_name(folder: Path) -> str:
    """The date, with a letter if there is such a key: it comes after all keys that were made before."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    names = [today, *(f"{today}{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")]
    free = [name for name in names if not (folder / f"{name}{SUFFIX}").exists()]
    if not free:
        raise click.ClickException(f"{FOLDER}/ has as many keys of today as there are letters")
    return free[0]


@mail_crypt.command(**example("setup mail-crypt status", "setup mail-crypt status me@example.com"))
@click.argument("addresses", type=MAILBOX, nargs=-1)
@as_json
@reads_sources
def status(mailserver: Mailserver, addresses: tuple[str, ...], as_json: bool) -> int:
    """Print how much mail of each mailbox is encrypted, and with which key. Ends with 1 if a key is missing."""
    names = _names(mailserver)
    rows = [_row(address, folder, names) for address, folder in mailboxes() if not addresses or address in addresses]
    show(rows, {"account": "account", "mails": "mails", "plain": "plain", "keys": "keys"}, as_json, "no mail yet")
    for address, folder in mailboxes():
        if mailserver.mail_crypt and mailserver.mail_crypt.writes and has_index(folder):
            say(f"warning: {address} has a search index in clear text; setup mail-crypt encrypt removes it", err=True)
    missing = any("missing" in text for row in rows for text in row["keys"])
    lacking = list(_without_key(mailserver, addresses))
    for address in lacking:
        say(f"warning: {address} has no key, so its mail waits; setup mail-crypt key {address}", err=True)
    return Exit.FINDINGS if missing or lacking else Exit.OK


def _without_key(mailserver: Mailserver, addresses: tuple[str, ...]) -> Iterator[str]:
    """The accounts that need a key of their own and have none."""
    if mailserver.mail_crypt and mailserver.mail_crypt.writes_user_keys:
        for account in mailserver.directory.accounts:
            is_wanted = not addresses or account.address in addresses
            if is_wanted and not has_user_key(Path(dovecot.folder(account.address))):
                yield account.address


def _names(mailserver: Mailserver) -> dict[str, str]:
    """Digest → name of each key that is known, also of those that are missing."""
    there = mailserver.mail_crypt.keys if mailserver.mail_crypt else ()
    lost = {digest: f"{name} (missing)" for digest, name in mail_crypt_keys.listed().items()}
    return lost | {one.digest: one.name for one in there}


def _row(address: str, folder: Path, names: Mapping[str, str]) -> dict[str, Any]:
    counts, of_user = keys_in(folder), digests_of_user(folder)
    by_key = Counter({digest: count for digest, count in counts.items() if digest not in of_user})
    keys = [
        f"{names.get(digest, f'{digest[:16]} (missing)')}: {count}"
        for digest, count in sorted(by_key.items())
        if digest != PLAIN
    ]
    if own := counts.total() - by_key.total():
        keys.append(f"the user's: {own}")
    return {"account": address, "mails": counts.total(), "plain": counts[PLAIN], "keys": keys}


@mail_crypt.command(**example("setup mail-crypt encrypt", "setup mail-crypt encrypt me@example.com"))
@click.argument("addresses", type=MAILBOX, nargs=-1)
@reads_sources
def encrypt(mailserver: Mailserver, addresses: tuple[str, ...]) -> int:
    """Encrypt the mail that is there with the newest key, of ADDRESSES or of all accounts.

    The server goes on meanwhile; a mailbox needs its size once more on the disk for a while, and its sessions are
    closed. Run it again after an interruption.
    """
    if not mailserver.mail_crypt or not mailserver.mail_crypt.writes:
        raise click.ClickException("only the key of MAIL_CRYPT=global encrypts mail that is there: set that first")
    return _converted(mailserver, addresses, mailserver.mail_crypt.newest.digest, "encrypted")


@mail_crypt.command(**example("setup mail-crypt decrypt"))
@click.argument("addresses", type=MAILBOX, nargs=-1)
@reads_sources
def decrypt(mailserver: Mailserver, addresses: tuple[str, ...]) -> int:
    """Store the mail of ADDRESSES, or of all accounts, in clear text again. It works like encrypt."""
    if mailserver.mail_crypt and mailserver.mail_crypt.encrypts:
        raise click.ClickException("new mail is encrypted: set MAIL_CRYPT=off first, and keep the keys")
    return _converted(mailserver, addresses, PLAIN, "decrypted")


def _converted(mailserver: Mailserver, addresses: tuple[str, ...], wanted: str, word: str) -> int:
    """The exit code, after every mail of the accounts has the key ``wanted``."""
    writes = mailserver.mail_crypt.newest.public if wanted and mailserver.mail_crypt else ""
    if writes != (PUBLIC.read_text() if PUBLIC.exists() else ""):
        raise click.ClickException("the server does not use the present settings and keys yet; see setup history")
    path = run(("/usr/bin/doveconf", "-h", "mail_path")).output.strip()
    if path != OUR_PATH:
        raise click.ClickException(f"mail is in {path}, as dovecot.cf says; only mail in {OUR_PATH} can be {word}")
    code, known = Exit.OK, dovecot.users()
    if known is None:
        raise click.ClickException("Dovecot does not run, or it cannot list the accounts")
    for address, folder in _to_convert(addresses, known, wanted):
        try:
            _refuse_user_keys(folder)
            re_encrypt(address, mailserver.settings.dovecot_mailbox_format)
        except (NotDoneError, OSError) as error:
            say(f"{address}: {error}", "error", err=True)
            code = Exit.FINDINGS
        else:
            done(f"{address}: {amount(keys_in(folder)[wanted], 'mail')} {word}")
    return code


def _refuse_user_keys(folder: Path) -> None:
    """NotDoneError if mail of the mailbox is encrypted with the key of its user."""
    if own := _count(folder, USERS):
        raise NotDoneError(f"only the password of its user opens {amount(own, 'mail')}; nothing is changed")


def _to_convert(addresses: tuple[str, ...], known: list[str], wanted: str) -> Iterator[tuple[str, Path]]:
    """Address and folder of each account with mail that does not have the key ``wanted``."""
    for address in addresses or known:
        folder = Path(dovecot.folder(Address(address)))
        if address not in known:
            raise click.ClickException(f"there is no account {address}")
        if not folder.is_dir() or set(keys_in(folder)) <= {wanted}:
            done(f"{address}: nothing to do")
        else:
            yield address, folder


@mail_crypt.command(**example("setup mail-crypt forget 2026-11-27"))
@click.argument("name")
def forget(name: str) -> None:
    """Let the server start without the key NAME. Refused while stored mail is encrypted with it.

    The name users stands for the keys of users: logins no longer open them.
    """
    digests = [digest for digest, one in mail_crypt_keys.listed().items() if one == name]
    if not digests:
        raise click.ClickException(f"no mail was encrypted with a key {name}")
    keys = sorted(path.stem for path in PUBLIC.parent.glob(f"*{SUFFIX}"))
    if PUBLIC.exists() and keys[-1:] == [name]:
        raise click.ClickException(f"new mail is encrypted with {name}: make another key or set MAIL_CRYPT=off first")
    using = {address: _count(folder, digests[0]) for address, folder in mailboxes()}
    if total := sum(using.values()):
        names = ", ".join(address for address, count in using.items() if count)
        raise click.ClickException(f"{amount(total, 'mail')} of {names} are encrypted with {name}; it is still needed")
    mail_crypt_keys.forget(name)
    if name == USERS:
        done("logins open no keys of users from the next change or start on, unless MAIL_CRYPT=user")
        return
    done(f"{FOLDER}/{name}{SUFFIX} may be deleted here; backups of the mail from before still need it")


def _count(folder: Path, digest: str) -> int:
    """How many mails of the mailbox are encrypted with the key; USERS stands for all keys of its user."""
    wanted = digests_of_user(folder) if digest == USERS else {digest}
    return sum(count for one, count in keys_in(folder).items() if one in wanted)
