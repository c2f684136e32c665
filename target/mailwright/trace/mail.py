"""A mail that is asked about, and what each rule would say to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

ROUTE = re.compile(r"@[^:]*:")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Mail:
    """The envelope of a mail that nobody has sent yet."""

    recipient: str
    sender: str | None = None  # None: any sender of another server; empty: the null sender of a bounce
    client: str = ""  # an IP address; empty: any stranger's
    login: str = ""
    size: int = 0  # bytes; 0: small


def internal(address: str) -> str:
    """The address as smtpd(8) reads it: without blanks around it, a route before it (RFC 5321, F.2), and quotes."""
    plain = ROUTE.sub("", address.strip())
    local, at, domain = plain.rpartition("@")
    if QUOTED.fullmatch(local):
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    return f"{local}{at}{domain.removesuffix('.')}"


class Says(StrEnum):
    """What a rule says."""

    PASSES = "passes"  # the next rule is asked
    PERMITS = "permits"  # the other rules of the same list are not asked
    REFUSES = "refuses"
    NOT_TRACED = "not traced"  # it may refuse or permit: that is not known


@dataclass(frozen=True, slots=True)
class Step:
    """What one rule says. ``stage`` is when Postfix asks it, ``where`` the operator's file and line that decides."""

    stage: str
    rule: str
    says: Says
    reply: str = ""
    where: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the conversation ends: with ``reply``, because of ``rule``. Not ``certain``: a rule was not traced."""

    accepted: bool
    reply: str
    rule: str = ""
    where: str = ""
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One step of the alias expansion: mail for ``address`` goes to ``targets``."""

    address: str
    targets: tuple[str, ...]
    table: str
    where: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox that gets the mail, and what happens to it there."""

    address: str
    account: str
    exists: bool | None  # None: not known
    used_bytes: int | None = None
    limit_bytes: int | None = None
    limit_from: str = ""
    full: bool = False  # Dovecot refuses the mail; through an alias that is a bounce
    scripts: tuple[str, ...] = ()
    junk: str = ""
    encryption: str = ""
    backend: str | None = None  # on a front: where the mail goes, empty if the account has no backend
    kind: str = field(default="mailbox", init=False)


@dataclass(frozen=True, slots=True)
class Remote:
    """An address on another server, and how the mail gets there."""

    address: str
    transport: str
    next_hop: str
    where: str
    login: bool
    login_from: str
    srs: str  # the rewritten sender's form, or nothing
    tls: str
    tls_why: str
    mx: tuple[str, ...] | None = None  # None: not asked
    kind: str = field(default="remote", init=False)


@dataclass(frozen=True, slots=True)
class Other:
    """An end that is neither: a program, a file, an address that does not exist, a loop."""

    address: str
    kind: str
    note: str


End = Mailbox | Remote | Other


@dataclass(frozen=True, slots=True)
class Sending:
    """What a login may do, and which keys would sign the mail."""

    login: str
    may_send: bool | None
    owners: tuple[str, ...]
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything about one mail."""

    mail: Mail
    port: str
    steps: tuple[Step, ...]
    verdict: Verdict
    rows: tuple[Row, ...]
    ends: tuple[End, ...]
    sending: Sending | None
    signed: tuple[str, ...]  # selector._domainkey.domain
    signed_why: str
    unknown: tuple[str, ...] = ()  # what this trace does not know
