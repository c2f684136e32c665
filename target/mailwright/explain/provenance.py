"""Provenance: which line of a template, or of a file of the operator's, each rendered line stems from.

The configuration is rendered twice, once plainly and once with marks that the templates' own lines leave (marks.py).
A mark stands at its line's end, where the laying over of the operator's files neither sees nor parts it. What a file
is without its marks must be what was rendered plainly, byte for byte; a file of which that is not true (a template
that measures its own text) tells no origins rather than wrong ones.
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
    """A rendered file, and of each of its lines the place (``templates/postfix/main.cf.j2:12``) or nothing."""

    file: File
    origins: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        """The file's lines."""
        return self.file.content.removesuffix("\n").split("\n")

    @property
    def is_table(self) -> bool:
        """Whether it is computed of accounts and the like, by no template and with no text of the operator's."""
        return self.file.secret or bool(self.file.compile) or not any(self.origins)

    def origin(self, line: int) -> str:
        """Where line ``line`` (from 1) stems from."""
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
    bare, places = marks.taken(marked.content)
    lines = file.content.removesuffix("\n").split("\n")
    if bare != file.content:
        places = [""] * len(lines)
    places = [place or file.origin(number) for number, place in enumerate(places, start=1)]
    if file.path == "postfix/main.cf":
        return [place or _in_main(line, overrides) for place, line in zip(places, lines, strict=True)]
    return _in_master(places, lines, overrides) if file.path == "postfix/master.cf" else places


def _in_main(line: str, overrides: Overrides) -> str:
    """Of a line that only tells of the override file: the place that it tells of."""
    if not overrides.main_file or not line.startswith("#"):
        return ""
    told = {f"# {it.name}: see {MAIN}:{it.line}": overrides.main_file.at(it.line) for it in overrides.main}
    return told.get(line, overrides.main_file.at(1))


def _in_master(places: list[str], lines: list[str], overrides: Overrides) -> list[str]:
    """``places`` with those of the options that the operator sets."""
    options = master_cf.behind_postscreen(overrides.master, "\n".join(lines))
    said = {(it.service, it.type, it.name): it.where for it in options}
    service, result = ("", ""), []
    for place, line in zip(places, lines, strict=True):
        begins, option = SERVICE.match(line), OPTION_NAME.match(line)
        service = (begins["service"], begins["type"]) if begins else service
        result.append(place or (said.get((*service, option[1]), "") if option else ""))
    return result
