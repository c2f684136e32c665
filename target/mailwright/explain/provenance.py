"""Provenance: the template line, or the line of an override file, that each rendered line comes from.

The configuration is rendered twice: once as it is, and once with marks that each line of a template adds at its end
(marks.py), where the override files are merged without touching them. Without its marks a file must be equal to the
plain one, byte for byte. A file that is not equal (a template that measures its own text) gets no origins at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mailwright.core.problems import ConfigurationError
from mailwright.core.tree import File
from mailwright.formats import master_cf
from mailwright.formats.master_cf import OPTION_NAME, SERVICE
from mailwright.model.mailserver import Mailserver
from mailwright.model.overrides import MAIN, Overrides
from mailwright.render.tree import render
from mailwright.templating import marks
from mailwright.templating.templates import Marked


@dataclass(frozen=True)
class Rendered:
    """A rendered file, and the origin of each line (``templates/postfix/main.cf.j2:12``, or nothing)."""

    file: File
    origins: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        """The file's lines."""
        return self.file.content.removesuffix("\n").split("\n")

    @property
    def is_table(self) -> bool:
        """Whether it is computed from data such as accounts, without a template or text of the operator."""
        return self.file.secret or bool(self.file.compile) or not any(self.origins)

    def origin(self, line: int) -> str:
        """The origin of line ``line`` (from 1)."""
        return self.origins[line - 1]


def rendered(mailserver: Mailserver) -> dict[str, Rendered]:
    """Every rendered file with its origins, by path."""
    plain = render(mailserver)
    try:
        marked = render(replace(mailserver, templates=Marked(mailserver.templates)))
    except ConfigurationError:
        marked = plain
    return {
        path: Rendered(file, tuple(_origins(file, marked.get(path, file), mailserver.overrides)))
        for path, file in plain.items()
    }


def _origins(file: File, marked: File, overrides: Overrides) -> list[str]:
    bare, places = marks.separated(marked.content)
    lines = file.content.removesuffix("\n").split("\n")
    if bare != file.content:
        places = [""] * len(lines)
    places = [place or file.origin(number) for number, place in enumerate(places, start=1)]
    if file.path == "postfix/main.cf":
        return [place or _in_main(line, overrides) for place, line in zip(places, lines, strict=True)]
    return _in_master(places, lines, overrides) if file.path == "postfix/master.cf" else places


def _in_main(line: str, overrides: Overrides) -> str:
    """The place in the override file that a comment line refers to."""
    if not overrides.main_file or not line.startswith("#"):
        return ""
    references = {
        f"# {parameter.name}: see {MAIN}:{parameter.line}": overrides.main_file.at(parameter.line)
        for parameter in overrides.main
    }
    return references.get(line, overrides.main_file.at(1))


def _in_master(places: list[str], lines: list[str], overrides: Overrides) -> list[str]:
    """``places`` with the origins of the options that the operator sets."""
    options = master_cf.behind_postscreen(overrides.master, "\n".join(lines))
    origins = {(option.service, option.type, option.name): option.where for option in options}
    service, result = ("", ""), []
    for place, line in zip(places, lines, strict=True):
        start, option_name = SERVICE.match(line), OPTION_NAME.match(line)
        service = (start["service"], start["type"]) if start else service
        result.append(place or (origins.get((*service, option_name[1]), "") if option_name else ""))
    return result
