"""MySQL dumps, as mysqldump(1) and mariadb-dump(1) write them: the rows of a few tables. No statement is executed."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from mmap import mmap

Text = bytes | mmap  # a file of gigabytes is mapped, not read
Row = Mapping[str, str | None]

QUOTED = rb"'(?:[^'\\]++|\\.|'')*+'"
NAME = rb"`((?:[^`]++|``)*+)`|(\w++)"
# A comment such as /*!40101 SET NAMES utf8mb4 */; is a statement to a server, and nothing to us.
BLANK = re.compile(rb"(?s)(?:[\s;]++|--(?=\s)[^\n]*+|\#[^\n]*+|/\*.*?\*/)*+")
# Up to the ; that ends a statement: one in a text, a name or a comment does not.
STATEMENT = re.compile(
    rb"(?s)(?:[^'\"`;/\#-]++|"
    + QUOTED
    + rb"|\"(?:[^\"\\]++|\\.)*+\"|`[^`]*+`|/\*.*?\*/|--(?=\s)[^\n]*+|\#[^\n]*+|/(?!\*)|-)*+;"
)
CREATE = re.compile(rb"CREATE TABLE (?:IF NOT EXISTS )?(?:" + NAME + rb")\s*\(", re.IGNORECASE)
COLUMN = re.compile(rb"\s*`((?:[^`]++|``)*+)`\s+((?:[^\n'`]++|" + QUOTED + rb"|`[^`]*+`)*+)")
GENERATED = re.compile(rb"\b(?:GENERATED ALWAYS|AS)\s*\(", re.IGNORECASE)
INSERT = re.compile(
    rb"(?:INSERT(?: IGNORE)?|REPLACE)(?: INTO)? (?:" + NAME + rb")\s*(?:\(([^)]*+)\)\s*)?VALUES\s*", re.IGNORECASE
)
VALUE = re.compile(
    rb"(?s)\s*+(?:_\w++\s*+)?(?:("
    + QUOTED
    + rb")|(NULL)|(?:0x|x')([0-9a-f]*+)'?|(-?[0-9.]++(?:e[+-]?[0-9]++)?))\s*+([,)])",
    re.IGNORECASE,
)
NEXT = re.compile(rb"\s*+([,;])\s*+")
DELIMITER = re.compile(rb"DELIMITER[ \t]++(\S++)", re.IGNORECASE)
ESCAPE = re.compile(rb"(?s)\\(.)|''")
ESCAPES = {b"0": b"\0", b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"Z": b"\x1a", b"%": b"\\%", b"_": b"\\_"}


class DamagedError(ValueError):
    """The text is not what mysqldump(1) writes; the message has the line."""


@dataclass
class Dump:
    """A dump. ``columns`` has those of each table that was created so far, in order."""

    text: Text
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stored: dict[str, tuple[str, ...]] = field(default_factory=dict)  # without the generated columns

    def rows(self, wanted: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Row]]:
        """Each row of a ``wanted`` table (table → columns), as its table and the columns that it has of these."""
        at, end = 0, len(self.text)
        while (at := BLANK.match(self.text, at).end()) < end:  # type: ignore[union-attr]  # it matches nothing as well
            if match := DELIMITER.match(self.text, at):
                at = self._behind_program(match)
            elif (match := INSERT.match(self.text, at)) and _name(match[1] or match[2]) in wanted:
                table = _name(match[1] or match[2])
                names = tuple(map(_name, match[3].split(b","))) if match[3] else ()
                at = yield from self._values(table, names, wanted[table], match.end())
            elif match := CREATE.match(self.text, at):
                at = self._create(_name(match[1] or match[2]), match)
            else:
                at = self._behind_statement(at)

    def _behind_statement(self, at: int) -> int:
        match = STATEMENT.match(self.text, at)
        if not match:
            raise self.damaged(at, "this statement does not end; the dump is cut off or is not a dump")
        return match.end()

    def _behind_program(self, match: re.Match[bytes]) -> int:
        """Behind a trigger or event, which ends with a delimiter of its own."""
        at = self.text.find(b"\nDELIMITER ;", match.end())
        if at < 0:
            raise self.damaged(match.start(), "no DELIMITER ; ends this; the dump is cut off")
        return at + len(b"\nDELIMITER ;")

    def _create(self, table: str, match: re.Match[bytes]) -> int:
        end = self._behind_statement(match.start())
        names, stored, at = [], [], match.end()
        while (column := COLUMN.match(self.text, at, end)) is not None:
            names.append(_name(column[1]))
            if not GENERATED.search(column[2]):
                stored.append(names[-1])
            at = column.end()
        self.columns[table], self.stored[table] = tuple(names), tuple(stored)
        return end

    def _values(
        self, table: str, names: tuple[str, ...], wanted: Sequence[str], at: int
    ) -> Generator[tuple[str, Row], None, int]:
        """The rows of one INSERT; what it returns is the position behind it."""
        names = names or self.columns.get(table, ())
        if not names:
            raise self.damaged(at, f"rows of {table} come before its CREATE TABLE")
        orders = {len(order): order for order in (names, self.stored.get(table, names))}
        end = b","
        while end == b",":
            start = at
            values, at = self._cells(table, at)
            if len(values) not in orders:
                raise self.damaged(start, f"a row of {table} has {len(values)} values for {len(names)} columns")
            yield table, self._row(orders[len(values)], values, wanted)
            match = NEXT.match(self.text, at)
            if not match:
                raise self.damaged(at, f"a row of {table} ends with neither a comma nor a semicolon")
            at, end = match.end(), match[1]
        return at

    def _cells(self, table: str, at: int) -> tuple[list[re.Match[bytes]], int]:
        """The values of the row that begins here, and the position behind it."""
        if self.text[at : at + 1] != b"(":
            raise self.damaged(at, f"a row of {table} does not begin with (")
        at += 1
        values: list[re.Match[bytes]] = []
        while not values or values[-1][5] == b",":
            match = VALUE.match(self.text, at)
            if not match:
                raise self.damaged(at, f"a value of {table} is not a text, a number or NULL")
            values.append(match)
            at = match.end()
        return values, at

    def _row(self, order: Sequence[str], values: Sequence[re.Match[bytes]], wanted: Sequence[str]) -> Row:
        return {name: self._text(match) for name, match in zip(order, values, strict=True) if name in wanted}

    def _text(self, match: re.Match[bytes]) -> str | None:
        quoted, null, hexadecimal, number, _ = match.groups()
        if null:
            return None
        try:
            if quoted is None:
                return (number if number is not None else bytes.fromhex(hexadecimal.decode())).decode()
            inner = quoted[1:-1]
            return (ESCAPE.sub(_unescaped, inner) if b"\\" in inner or b"''" in inner else inner).decode()
        except ValueError:
            raise self.damaged(match.start(), "a text is not UTF-8; make the dump with utf8mb4") from None

    def damaged(self, at: int, what: str) -> DamagedError:
        """The error that ``what`` is wrong at this position."""
        step, lines = 1 << 20, 1
        for start in range(0, at, step):
            lines += self.text[start : min(start + step, at)].count(b"\n")
        return DamagedError(f"line {lines}: {what}")


def _unescaped(match: re.Match[bytes]) -> bytes:
    return ESCAPES.get(match[1], match[1]) if match[1] else b"'"


def _name(quoted: bytes) -> str:
    return quoted.strip().strip(b"`").replace(b"``", b"`").decode("utf-8", "replace")
