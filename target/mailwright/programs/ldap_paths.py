"""Paths in the directory: an attribute that says where a user's mail is must not lead out of the mail folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mailwright.core.paths import MAIL
from mailwright.formats.ldap_messages import elements

BEGINNINGS = (f"{MAIL}/", "~/")


def leading_out(entries: Iterable[bytes], paths: Mapping[str, bool]) -> str:
    """What is wrong with the first value of ``paths`` that leads out of the mail folder; nothing if none does.

    ``entries`` are as RFC 4511, section 4.5.2, has them. ``paths``: the names of attributes in lower case; True for one
    with which a path begins.
    """
    for entry in entries if paths else ():
        (_, content), *_ = elements(entry)
        (_, name), (_, attributes), *_ = elements(content)
        for _, attribute in elements(attributes):
            (_, kind), (_, values), *_ = elements(attribute)
            begins = paths.get(kind.decode("utf-8", "replace").lower())
            for _, value in elements(values) if begins is not None else ():
                path = value.decode("utf-8", "replace")
                if not _is_inside(path, begins=bool(begins)):
                    where = f"{name.decode('utf-8', 'replace')} has {kind.decode()} {path!r}"
                    return f"{where}, which does not lead to a place in {MAIL}"
    return ""


def _is_inside(path: str, *, begins: bool) -> bool:
    """Whether ``path`` stays below the place where it begins; ``%`` would begin a variable of Dovecot."""
    if "%" in path or {".", ".."} & {*path.split("/")}:
        return False
    return not begins or any(path.removeprefix(place).strip("/") for place in BEGINNINGS if path.startswith(place))
