"""A file of getmail, read by the parser that getmail itself uses, with the line of each option."""

from __future__ import annotations

import re
from collections.abc import Mapping
from configparser import (
    DuplicateOptionError,
    DuplicateSectionError,
    MissingSectionHeaderError,
    ParsingError,
    RawConfigParser,
)
from configparser import Error as IniError
from dataclasses import dataclass, field
from io import StringIO

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile

NAME = re.compile(r"(?:getmail-|getmail/)(?P<name>[^/]+)\.cf")
SECTION = re.compile(r"\[(?P<name>[^]]+)\]")
OPTION = re.compile(r"(?P<name>[^\s:=#;\[][^:=]*?)\s*[:=]")


@dataclass(frozen=True, slots=True)
class Rc:
    """The sections of a file. Their values may be passwords."""

    file: TextFile = field(repr=False)
    sections: Mapping[str, Mapping[str, str]] = field(repr=False)
    lines: Mapping[tuple[str, str], int] = field(repr=False)

    def get(self, section: str, option: str) -> str:
        """The value of an option; empty if it is not set."""
        return self.sections.get(section, {}).get(option, "")

    def at(self, section: str, option: str = "") -> str:
        """``getmail/bob.cf:7``, where an option is set, else where its section begins, else the file."""
        number = self.lines.get((section, option)) or self.lines.get((section, ""))
        return self.file.at(number) if number else self.file.name


def parse(file: TextFile) -> tuple[list[Rc], list[Problem]]:
    """The file as one Rc, or the Problem with it; a line is named by its number only."""
    parser = RawConfigParser()
    try:
        parser.read_string(file.text)
    except MissingSectionHeaderError as error:
        return [], [
            Problem(file.at(error.lineno), "comes before the first section", "[retriever] on a line of its own")
        ]
    except (DuplicateSectionError, DuplicateOptionError) as error:
        twice = f"{error.section}: {error.option}" if isinstance(error, DuplicateOptionError) else f"[{error.section}]"
        return [], [Problem(file.at(error.lineno or 1), f"{twice} is there twice")]
    except ParsingError as error:
        return [], [Problem(file.at(number), "is not a section, nor name = value") for number, _ in error.errors]
    except IniError:
        return [], [Problem(file.name, "is not a file of getmail")]
    sections = {name: dict(parser.items(name)) for name in parser.sections()}
    return [Rc(file, sections, _lines(file))], []


def _lines(file: TextFile) -> dict[tuple[str, str], int]:
    """(section, option) → the number of its line; (section, "") → that of the section."""
    lines: dict[tuple[str, str], int] = {}
    section = ""
    for number, line in file.lines():
        if match := SECTION.match(line):
            section = match["name"]
            lines[section, ""] = number
        elif match := OPTION.match(line):
            lines[section, match["name"].lower()] = number
    return lines


def written(sections: Mapping[str, Mapping[str, str]]) -> str:
    """``sections`` as a text that getmail reads."""
    parser = RawConfigParser()
    parser.read_dict(sections)
    text = StringIO()
    parser.write(text)
    return text.getvalue()
