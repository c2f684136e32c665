"""SQL queries with named parameters (``:address``) → the text and parameters of a Python driver (PEP 249)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

# What may hold a colon that is no parameter: texts, quoted names, casts (::text), comments.
TOKEN = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|::|--[^\n]*|/\*.*?\*/|(?P<name>:[a-z_]+)|(?P<end>;)|(?P<quote>['\"`])",
    re.ASCII | re.DOTALL,
)
MARKS = {"format": "%s", "qmark": "?", "dollar": "${}"}
READS = re.compile(r"\s*(?:SELECT|WITH|VALUES|TABLE|CALL)\b", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """A query, its parameters as ``:name``."""

    text: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its parameters, in their order."""
        return _parameters(self.text)

    def bound(self, style: str, values: Mapping[str, object]) -> tuple[str, tuple[object, ...]]:
        """Its text in the paramstyle ``format`` or ``qmark``, and ``values`` in the order of the parameters.

        No value becomes a part of the text, so that no address can change what a query does.
        """
        return self.text_for(style), tuple(values[name] for name in self.parameters)

    def text_for(self, style: str) -> str:
        """Its text in a paramstyle; ``dollar`` ($1, $2) is libpq's own."""
        return _text_for(style, self.text)


@cache
def _parameters(text: str) -> tuple[str, ...]:
    return tuple(match["name"][1:] for match in TOKEN.finditer(text) if match["name"])


@cache  # a query is asked a thousand times
def _text_for(style: str, query: str) -> str:
    text, end, number = "", 0, 0
    for match in TOKEN.finditer(query):
        if match["name"]:
            number += 1
            text += _plain(query[end : match.start()], style) + MARKS[style].format(number)
            end = match.end()
    return text + _plain(query[end:], style)


def _plain(text: str, style: str) -> str:
    return text.replace("%", "%%") if style == "format" else text


def query(text: str, needed: tuple[str, ...], known: tuple[str, ...]) -> Query:
    """``text`` as a Query that uses one of ``needed`` and none but ``known``; ValueError with the reason."""
    found = Query(text.strip().removesuffix(";").rstrip())
    if not READS.match(found.text):
        raise ValueError("does not begin with SELECT")
    for match in TOKEN.finditer(found.text):
        if match["end"]:
            raise ValueError("has a ; outside of quotes: only one query is run")
        if match["quote"]:
            raise ValueError(f"has a {match['quote']} without an end")
    unknown = [name for name in found.parameters if name not in known]
    if unknown:
        listed = ", ".join(f":{name}" for name in known) or "none"
        raise ValueError(f"uses :{unknown[0]}, which is not one of its parameters ({listed})")
    if needed and not set(needed) & set(found.parameters):
        raise ValueError(f"does not use :{needed[0]}, so the answer is the same for everybody")
    return found
