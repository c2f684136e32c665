"""DOVECOT_USER_ATTRS, DOVECOT_PASS_ATTRS and filters, as Dovecot 2.3 wrote them → settings of Dovecot 2.4."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mailwright.core.paths import MAIL as MAIL_FOLDER

ATTRIBUTE = r"[A-Za-z][A-Za-z0-9;-]*"
QUOTA = re.compile(rf"\*:(bytes|storage)=%\{{ldap:({ATTRIBUTE})\}}([bkmgtBKMGT]?)")
VARIABLES = {"u": "%{user}", "n": "%{user | username}", "d": "%{user | domain}", "%": "%"}
# Fields of 2.3 → those that are carried over. The rest of an account is the same for all.
NAMES = {"user": "user", "password": "password", "home": "home", "mail": "mail_path", "quota_rule": "quota"}
SAME_FOR_ALL = ("uid", "gid", "system_groups_user")
NO_ADDRESS = ("uid", "userid", "uniqueidentifier", "samaccountname", "cn")
MAIL = "%{ldap:mail}"
LOGIN = "%{user}"
NAMED_BY = re.compile(rf"%\{{ldap:({ATTRIBUTE})")
PATHS = ("*/*", ".", "..", ".@*", "..@*", "@*", "*@", "*@.", "*@..")
# Where mail is if the directory does not say: the default is the user's name, which is made a path.
DEFAULTS = {"home": "/home", "mail_path": ""}
OWN_PATH = "%{{ldap:{0} | default(user) | regexp('^([^@/]*)@([^@/]*)$', '{1}/\\\\2/\\\\1{2}')}}"
DRIVER = re.compile(r"(maildir|sdbox|mdbox|mbox):([^:]*)(:.*)?")
USER_IN_FILTER = re.compile(r"(?:\(([^()=]*)=)?([^()=]*%\{user[^()]*)")


class AttributesError(ValueError):
    """What is wrong; the text completes ``NAME: …``."""


@dataclass(frozen=True, slots=True)
class Quota:
    """The attribute that limits a mailbox, and the unit of a number in it."""

    attribute: str
    unit: str


@dataclass(frozen=True, slots=True)
class Attributes:
    """Fields of Dovecot 2.4 and what each is made of; what was left out, and why."""

    fields: dict[str, str]
    quota: Quota | None
    left_out: tuple[str, ...]


def attributes(text: str) -> Attributes:
    """What ``text`` (``uid=user, userPassword=password``) means; AttributesError if it cannot be carried over."""
    fields: dict[str, str] = {}
    left_out: list[str] = []
    quota: Quota | None = None
    for entry in (part.strip() for part in _parts(text)):
        name, value = _field(entry)
        if name in SAME_FOR_ALL:
            left_out.append(f"{name} has no effect: all mail belongs to DMS_VMAIL_UID and DMS_VMAIL_GID")
        elif name not in NAMES:
            known = ", ".join(sorted(NAMES))
            raise AttributesError(f"{entry!r} sets {name}, which is not one of {known}; put it into dovecot.cf")
        elif name == "quota_rule":
            quota = _quota(entry, value)
        elif name == "user" and _is_no_address(value):
            left_out.append(f"{entry} has no effect: accounts are named by their address, in the attribute mail")
            fields["user"] = MAIL
        elif name in ("home", "mail"):
            fields |= _place(entry, NAMES[name], value)
        else:
            fields[NAMES[name]] = value
    return Attributes(fields, quota, tuple(left_out))


def _parts(text: str) -> Iterator[str]:
    """The entries between commas that are not inside %{…}."""
    yield from (part for part in re.split(r",(?![^{}]*\})", text) if part.strip())


def _field(entry: str) -> tuple[str, str]:
    """The field that an entry sets, without userdb_, and its value in the words of 2.4."""
    match = re.fullmatch(rf"({ATTRIBUTE})?=(?:@?)(?:userdb_)?(\w+)(?:=(.*))?", entry)
    if not match or not (match[1] or match[3]):
        raise AttributesError(f"{entry!r} is not of the form ATTRIBUTE=field or ATTRIBUTE=field=template")
    value = match[3] if match[3] is not None else "%$"
    if match[1]:
        value = value.replace("%$", f"%{{ldap:{match[1]}}}")
    return match[2], expression(value)


def _place(entry: str, name: str, value: str) -> dict[str, str]:
    """The fields for ``home`` or ``mail_path``. Without the attribute an entry has the usual place."""
    driver, path, options = (DRIVER.fullmatch(value) or re.match("()(.*)()", value)).groups("")  # type: ignore[union-attr]
    if options:
        raise AttributesError(f"{entry!r} has {options}, which Dovecot 2.4 takes as a setting; put it into dovecot.cf")
    if whole := re.fullmatch(rf"%\{{ldap:({ATTRIBUTE})\}}", path):
        path = OWN_PATH.format(whole[1], MAIL_FOLDER, DEFAULTS[name])
    return {name: path, **({"mail_driver": driver} if driver else {})}


def paths(fields: Mapping[str, str]) -> dict[str, bool]:
    """The attributes that are in the path of a mailbox, in lower case. True: a path begins with it."""
    found: dict[str, bool] = {}
    for value in (fields[name] for name in DEFAULTS if name in fields):
        for match in NAMED_BY.finditer(value):
            name = match[1].lower()
            found[name] = found.get(name, False) or match.start() == 0
    return found


def _quota(entry: str, value: str) -> Quota:
    match = QUOTA.fullmatch(value)
    if not match:
        raise AttributesError(
            f"{entry!r} is not a quota that can be carried over (such as mailQuota=quota_rule=*:bytes=%$)"
        )
    kind, attribute, suffix = match.groups()
    return Quota(attribute, suffix.upper() or ("B" if kind == "bytes" else "K"))


def _is_no_address(value: str) -> bool:
    match = re.fullmatch(rf"%\{{ldap:({ATTRIBUTE})\}}", value)
    return bool(match) and match[1].lower() in NO_ADDRESS  # type: ignore[index]


def expression(text: str) -> str:
    """``text`` with the variables of 2.3 (%u, %n, %d, also %Lu) in the words of 2.4; those of 2.4 stay."""

    def variable(match: re.Match[str]) -> str:
        if match[0] == "%{":
            return match[0]
        if not match[1] or match[1] not in VARIABLES:
            raise AttributesError(f"{match[0]!r} in {text!r} is not a variable that can be carried over (such as %u)")
        return VARIABLES[match[1]]

    return re.sub(r"%\{|%L?(.?)", variable, text)


def any_user(text: str) -> str:
    """The filter ``text`` of 2.4 for all users at once."""
    return re.sub(r"\*?%\{user[^{}]*\}\*?", "*", text)


def finds_by_mail(text: str) -> bool:
    """Whether the filter ``text`` of 2.4 finds only entries that have the user's name as a value of mail."""
    asked = USER_IN_FILTER.findall(text)
    return bool(asked) and all((name.lower(), value) == ("mail", LOGIN) for name, value in asked)


def naming(text: str, user: str) -> str:
    """The filter ``text`` for entries whose name (``user`` in the words of 2.4) is one folder below one other.

    Mail is in /var/mail/DOMAIN/USER: ``..``, a slash or a part that is missing would lead to the mail of others.
    """
    names = list(dict.fromkeys(NAMED_BY.findall(user)))
    full = [f"({name}=*@*)" for name in names if re.fullmatch(r"%\{[^{}]*\}", user)]
    return f"(&{text}{''.join((*full, *map(not_a_path, names)))})" if names else text


def not_a_path(attribute: str) -> str:
    """The filter that leaves out entries of which a value of ``attribute`` names another folder than its own."""
    return f"(!(|{''.join(f'({attribute}={part})' for part in PATHS)}))"


def balanced(text: str) -> bool:
    """Whether the filter has as many closing parentheses as opening ones, each where it can be (RFC 4515)."""
    depth = 0
    for sign in re.sub(r"\\[0-9A-Fa-f]{2}", "", text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth < 0:
            return False
    return depth == 0 and text.startswith("(") and text.endswith(")")


def filter_value(text: str) -> str:
    """``text`` inside a filter (RFC 4515, section 3)."""
    return "".join(f"\\{ord(char):02X}" if char in "*()\\\0" else char for char in text)


def filled(text: str, address: str) -> str:
    """The filter ``text`` of 2.4 for one user."""
    local, _, domain = address.rpartition("@")
    for pattern, value in ((r"\| *username", local), (r"\| *domain", domain), (r"(?:\|[^{}]*)?", address)):
        text = re.sub(rf"%\{{user *{pattern}\}}", filter_value(value).replace("\\", "\\\\"), text)
    return text
