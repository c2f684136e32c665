"""Marks: which line of a template each line of a render stems from.

A mark stands between two characters of Unicode's private use area and names a template and its line. Jinja's lexer
says which text is copied and where an expression begins, after it has taken away what trim_blocks and lstrip_blocks
take away; so a mark put before each such piece comes out wherever the piece does, in loops and includes too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

BEGIN, END = "\ue000", "\ue001"
MARK = re.compile(f"{BEGIN}([^{BEGIN}{END}]*){END}")
PIECE = re.compile(r"[^\n]*\n|[^\n]+")


def mark(place: str) -> str:
    """The mark of ``place`` (``templates/postfix/main.cf.j2:12``)."""
    return f"{BEGIN}{place}{END}"


class Marks(Extension):
    """Puts a mark before every piece of a template that its render shows."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """The tokens, copied text with its marks, expressions with one before them."""
        name = stream.filename or stream.name or ""
        for token in stream:
            if token.type == "data":
                pieces = enumerate(PIECE.findall(token.value), start=token.lineno)
                text = "".join(mark(f"{name}:{line}") + piece for line, piece in pieces)
                yield Token(token.lineno, "data", text)
                continue
            if token.type == "variable_begin":
                yield Token(token.lineno, "data", mark(f"{name}:{token.lineno}"))
            yield token


def at_line_ends(text: str) -> str:
    """``text`` with only the first mark of each line, behind it: a parser that looks at a line's beginning sees none.

    A blank line has no mark, so that it stays blank.
    """
    return "\n".join(_at_end(line) for line in text.split("\n"))


def _at_end(line: str) -> str:
    places, bare = MARK.findall(line), MARK.sub("", line)
    return bare + mark(places[0]) if places and bare.strip() else bare


def taken(text: str) -> tuple[str, list[str]]:
    """``text`` without marks, and the place that each of its lines is marked with, or nothing."""
    lines = text.removesuffix("\n").split("\n")
    return MARK.sub("", text), ["".join(MARK.findall(line)[:1]) for line in lines]
