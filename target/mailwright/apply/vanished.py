"""Vanished: files whose rows went away and nobody asked for it, such as by a lost mount or a half-written file.

A mail server without its accounts refuses all mail for good, so that is a mistake and no wish. The same holds for the
certificate of a further name: who asks by the name would get one that the client does not accept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from mailwright.apply.outcome import MEANT
from mailwright.core.problems import Problem
from mailwright.model import sni
from mailwright.model.issued import are_issued, place
from mailwright.model.mailserver import Mailserver
from mailwright.model.provisioners.file import ACCOUNTS, REGEXP, VIRTUAL
from mailwright.model.reading import Reading
from mailwright.model.sources import Sources, Unreadable

KEPT = (ACCOUNTS, REGEXP, VIRTUAL)  # without their rows mail is refused for good
NONE = b"# none"  # says that a file without rows is meant; other comments may be the beginning of a file


def filled(reading: Reading) -> tuple[str, ...]:
    """Those of KEPT that have more than comments; none if accounts are elsewhere."""
    in_files = KEPT if reading.settings.accounts_in_files else ()
    return tuple(name for name in in_files if _has_rows(reading.sources.config.get(name)))


def problems(before: Iterable[str], reading: Reading, edited: Collection[str]) -> list[Problem]:
    """A Problem for each file that was filled ``before``, and now is missing or has no row, nor the line NONE.

    A file that a command has ``edited`` is as its user wants it.
    """
    sources, now = reading.sources, filled(reading)
    return [
        Problem(name, _what(sources, name), f"{MEANT} {NONE.decode()}")
        for name in before
        if reading.settings.accounts_in_files
        and name not in now
        and name not in edited
        and not _is_emptied_on_purpose(sources.config.get(name))
    ]


def served(mailserver: Mailserver) -> tuple[str, ...]:
    """The further names that have a certificate; the host name too if a CA issued its certificate to this server."""
    issued = mailserver.settings.has_acme and are_issued(mailserver.certificates)
    return (*((mailserver.hostname,) if issued else ()), *(one.name for one in mailserver.sni if not one.for_web))


def certificates(before: Iterable[str], mailserver: Mailserver) -> list[Problem]:
    """A Problem for each name that was ``served`` before, and now has none; with the warnings that say why."""
    lost = {*before} - {*served(mailserver)}
    if mailserver.hostname in lost and mailserver.settings.has_acme:
        what = "the certificate is gone or broken: clients would see a self-signed one"
        return [Problem(place(mailserver.hostname), what, "`setup acme renew` gets a new one")]
    ends = {sni.without(name): f"{sni.SETTING}: {name} would lose its certificate" for name in sorted(lost)}
    told = [(problem, problem.what.removeprefix(f"{sni.SETTING}: ")) for problem in mailserver.warnings]
    found = [
        Problem(problem.where, ends[what], "put it back, or take the name out of the list")
        for problem, what in told
        if what in ends
    ]
    return [*(problem for problem, what in told if what not in ends), *found] if found else []


def _what(sources: Sources, name: str) -> str:
    content = sources.config.get(name)
    if isinstance(content, Unreadable):
        return content.reason
    return "is no longer there" if content is None else "has no rows any more"


def _has_rows(content: object) -> bool:
    return isinstance(content, bytes) and any(
        line.strip() and not line.strip().startswith(b"#") for line in content.split(b"\n")
    )


def _is_emptied_on_purpose(content: object) -> bool:
    return isinstance(content, bytes) and NONE in (line.strip() for line in content.split(b"\n"))
