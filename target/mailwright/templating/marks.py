"""Marks: for each line of a render, the template and line that it comes from.

A mark names a template and a line, between two characters of Unicode's private use area. Jinja's lexer separates copied
text from expressions, after trim_blocks and lstrip_blocks have removed blanks. A mark before each of these pieces is
rendered with the piece, in loops and includes too.
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
    """Puts a mark before each text and each expression of a template."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """The tokens, with a mark before each line of copied text and before each expression."""
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
    """``text`` with only the first mark of each line, moved to its end: parsers look at the beginning of a line.

    A blank line gets no mark, so that it stays blank.
    """
    return "\n".join(_at_end(line) for line in text.split("\n"))


def _at_end(line: str) -> str:
    places, bare = MARK.findall(line), MARK.sub("", line)
    return bare + mark(places[0]) if places and bare.strip() else bare


def separated(text: str) -> tuple[str, list[str]]:
    """``text`` without marks, and for each of its lines the place in its mark, empty where it has none."""
    lines = text.removesuffix("\n").split("\n")
    return MARK.sub("", text), ["".join(MARK.findall(line)[:1]) for line in lines]
