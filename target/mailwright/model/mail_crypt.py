"""mail_crypt: the keys that Dovecot encrypts stored mail with, and whether it does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mailwright.core import paths
from mailwright.core.problems import Findings, Problem, errors
from mailwright.formats.mail_crypt_keys import NAME, MailCryptKey, mail_crypt_key
from mailwright.model import user_keys
from mailwright.model.inputs import Inputs
from mailwright.model.sources import Unreadable
from mailwright.settings import Settings

FOLDER, SUFFIX, SWITCH = "mail-crypt", ".pem", "MAIL_CRYPT"
OVERRIDE = "dovecot.cf"
USERS = "users"  # in the list of keys: mail may be encrypted with keys of users
# The operator's own mail_crypt: ours would be mixed into it.
OWN = re.compile(r"(mail_plugins/)?(crypt_\w+|mail_crypt)\b.*")
NEW_KEY = "setup mail-crypt key makes one"


@dataclass(frozen=True, slots=True)
class MailCrypt:
    """The keys in order of their names: all of them open mail, the last encrypts new mail if ``writes``."""

    keys: tuple[MailCryptKey, ...]
    writes: bool
    opens_user_keys: bool = False  # a login opens the key of its user, too
    writes_user_keys: bool = False  # the user's key encrypts new mail
    had_user_keys: bool = False  # so did it before this pass

    @property
    def encrypts(self) -> bool:
        """Whether new mail is encrypted."""
        return self.writes or self.writes_user_keys

    @property
    def newest(self) -> MailCryptKey:
        """The key of new mail."""
        return self.keys[-1]


def wanted_paths(_: Settings) -> tuple[str, ...]:
    """The list of the keys that stored mail is encrypted with."""
    return (paths.MAIL_CRYPT_KEYS,)


def mail_crypt(inputs: Inputs) -> tuple[MailCrypt | None, list[Problem]]:
    """The MailCrypt of the settings and of the config folder's keys, and the Problems with it; None without keys."""
    settings, problems = inputs.settings, Findings()
    keys = problems.keep(_keys(inputs))
    problems += _lost(inputs, keys)
    wanted = settings.mail_crypt
    if settings.smtp_only:
        what = f"{SWITCH}: SMTP_ONLY stores no mail; it has no effect"
        return None, [Problem(inputs.variables.origin(SWITCH), what, "", True)] if wanted != "off" else []
    had = USERS in needed(inputs.sources.files.get(paths.MAIL_CRYPT_KEYS))
    if wanted != "off":
        problems += _contradictions(inputs)
    if wanted == "user" or had:
        problems += user_keys.unreadable_ways(inputs)
    if wanted == "global" and not keys and not errors(problems):
        problems.append(inputs.variables.error(SWITCH, f"global needs a private key in {FOLDER}/", NEW_KEY))
    made = MailCrypt(keys, wanted == "global", wanted == "user" or had, wanted == "user", had)
    return (made if (keys or made.opens_user_keys) and not _own(inputs) else None), problems


def _keys(inputs: Inputs) -> tuple[tuple[MailCryptKey, ...], list[Problem]]:
    found: dict[str, MailCryptKey] = {}
    problems: list[Problem] = []
    for path in sorted(inputs.folder.content):
        folder, _, file_name = path.partition("/")
        if folder != FOLDER or not file_name:
            continue
        name = file_name.removesuffix(SUFFIX)
        if name == file_name or not NAME.fullmatch(name):
            hint = f"a key is NAME{SUFFIX}, NAME of letters, digits, - and _"
            problems.append(Problem(path, "is not read: it does not have the name of a key", hint, True))
        elif file := inputs.folder.text(path):
            key = mail_crypt_key(name, file)
            if isinstance(key, Problem):
                problems.append(key)
            else:
                found[name] = key
    return tuple(found[name] for name in sorted(found)), problems


def needed(content: object) -> Mapping[str, str]:
    """Digest → name of the keys that stored mail may be encrypted with, as the state has them."""
    text = content.decode("ascii", "replace") if isinstance(content, bytes) else ""
    rows = (line.partition(" ") for line in text.splitlines() if line.strip())
    return {digest: name for digest, _, name in rows}


def _lost(inputs: Inputs, keys: tuple[MailCryptKey, ...]) -> Iterator[Problem]:
    """A Problem for each key that stored mail needs and that is not there: that mail could not be read."""
    content = inputs.sources.files.get(paths.MAIL_CRYPT_KEYS)
    if isinstance(content, Unreadable) and "not exist" not in content.reason:
        yield Problem(paths.MAIL_CRYPT_KEYS, content.reason)
    there = {USERS, *(key.digest for key in keys)}
    for digest, name in needed(content).items():
        if digest not in there:
            what = f"the key {name} ({digest[:16]}) is missing: mail that is encrypted with it could not be read"
            hint = f"restore it from a backup; if that mail is gone: setup mail-crypt forget {name}"
            yield Problem(f"{FOLDER}/{name}{SUFFIX}", what, hint)


def _own(inputs: Inputs) -> list[str]:
    """The places where dovecot.cf sets mail_crypt up itself."""
    file = inputs.folder.text(OVERRIDE)
    return [file.at(number) for number, row in file.rows() if OWN.fullmatch(row)] if file else []


def _contradictions(inputs: Inputs) -> Iterator[Problem]:
    """What does not go with encrypted mail."""
    for where in _own(inputs)[:1]:
        what = f"sets mail_crypt up, and {SWITCH} does too: one would undo a part of the other"
        yield Problem(where, what, f"delete these lines, or {SWITCH}")
    if inputs.settings.enable_fts:
        what = "the search index has the text of all mail, and is not encrypted"
        yield inputs.variables.error("ENABLE_FTS", f"{what}, so it does not go with {SWITCH}", "ENABLE_FTS=0")
