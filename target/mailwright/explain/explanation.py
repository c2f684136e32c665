"""Explanations: of a setting, what it is and what it shapes; of a rendered line, where it stems from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from mailwright import settings
from mailwright.explain.influence import Deployment, Shape, by_line, shape
from mailwright.explain.provenance import Rendered, rendered
from mailwright.explain.redaction import HIDDEN, Mask, mask
from mailwright.explain.stated import Stated, stated
from mailwright.formats import master_cf
from mailwright.model.overrides import LAID_OVER
from mailwright.render.parameters import Parameter, parameters
from mailwright.settings import Settings

MAIN_CF, MASTER_CF = "postfix/main.cf", "postfix/master.cf"
DOVECOT_CONF, DOVECOT_LOCAL = "dovecot/dovecot.conf", "dovecot/local.conf"


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, and its text as it may be shown. ``file`` is below /etc, or one of the operator's."""

    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class ExplainedSetting:
    """A setting, and what it shapes in this deployment."""

    setting: Stated
    accepts: str
    description: str
    lines: tuple[Place, ...]
    files: tuple[str, ...]  # as a whole
    elsewhere: tuple[str, ...]  # where another value would add lines
    without_effect: tuple[tuple[Place, str], ...]  # a line that it would shape, and what the operator says instead


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A parameter, or a line that is none (``name`` is empty): where it stands and what is behind it."""

    name: str
    place: Place
    origin: str  # templates/postfix/main.cf.j2:12, postfix-main.cf:3, or nothing where no template is
    source: str  # the template's line
    settings: tuple[Stated, ...]
    instead_of: ExplainedLine | None = None  # what the templates say where the operator's file wins
    overruled_by: str = ""  # where the same parameter is set again, further down


class Explanation:
    """What can be told about one deployment; each look-up is made once."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self._by_line: dict[str, dict[int, list[str]]] = {}

    @cached_property
    def files(self) -> dict[str, Rendered]:
        """Every rendered file by path."""
        return rendered(self.deployment.mailserver)

    @cached_property
    def trial(self) -> tuple[Deployment, dict[str, Rendered]]:
        """The deployment that settings are tried on: one with fewer accounts, if its configuration is the same."""
        slim = self.deployment.slim()
        files = rendered(slim.mailserver) if slim is not self.deployment else self.files
        same = files.keys() == self.files.keys() and all(
            it.is_table or it.file.content == files[path].file.content for path, it in self.files.items()
        )
        return (slim, files) if same else (self.deployment, self.files)

    @cached_property
    def stated(self) -> Mapping[str, Stated]:
        """Every setting by name."""
        return stated(self.deployment.reading.variables)

    @cached_property
    def mask(self) -> Mask:
        """What hides the secrets."""
        return mask(self.deployment.mailserver.settings)

    @cached_property
    def bare(self) -> Explanation:
        """The same deployment without the override files."""
        return Explanation(self.deployment.without_overrides())

    def paths(self, asked: str) -> list[str]:
        """The rendered files that ``asked`` means: ``main.cf``, ``postfix/main.cf``, ``/etc/postfix/main.cf``."""
        name = asked.removeprefix("/etc/")
        return [path for path in self.files if path == name or path.endswith(f"/{name}")]

    def parameters(self, path: str) -> list[tuple[str, Parameter]]:
        """The parameters of a file, and of the file that it includes at its end, in the order in which they count."""
        read = (path, DOVECOT_LOCAL) if path == DOVECOT_CONF else (path,)
        return [
            (it, parameter)
            for it in read
            if it in self.files and not self.files[it].file.secret
            for parameter in parameters(it, self.files[it].file.content)
        ]

    def effective(self, path: str, name: str) -> tuple[str, Parameter] | None:
        """The parameter of exactly that name that counts: the last one."""
        return next(((it, found) for it, found in reversed(self.parameters(path)) if found.name == name), None)

    def setting(self, name: str) -> ExplainedSetting:
        """The setting ``name`` explained."""
        info = Settings.model_fields[name.lower()]
        found = shape(*self.trial, name)
        return ExplainedSetting(
            setting=self.stated[name],
            accepts=settings.accepted(info),
            description=info.description or "",
            lines=tuple(
                self._place(path, number)
                for path in sorted(found.lines)
                for number in sorted(found.lines[path])
                if self._says(path, number)
            ),
            files=tuple(f"/etc/{path}" for path in sorted(found.whole)),
            elsewhere=tuple(f"/etc/{path}" for path in sorted(found.elsewhere)),
            without_effect=tuple(self._without_effect(name, found)),
        )

    def _says(self, path: str, number: int) -> bool:
        """Whether a line is more than a comment."""
        text = self.files[path].lines[number - 1].strip()
        return bool(text) and text[0] not in "#;"

    def _place(self, path: str, number: int) -> Place:
        file = self.files[path]
        text = HIDDEN if file.file.secret else self.mask.line(file.lines[number - 1])
        return Place(f"/etc/{path}", number, text)

    def _without_effect(self, name: str, present: Shape) -> list[tuple[Place, str]]:
        """The lines that the setting would shape, did not the operator's own files set them."""
        overrides = self.deployment.mailserver.overrides
        if not (overrides.main or overrides.master or overrides.dovecot):
            return []
        found = []
        for path, numbers in shape(*self.bare.trial, name).lines.items():
            for it, parameter in self.bare.parameters(path):
                now = self.effective(path, parameter.name) if numbers & set(parameter.numbers) else None
                # A setting may decide whether the operator's own line is there, such as an option's service.
                if now and self._is_operators(*now) and now[1].line not in present.lines.get(now[0], ()):
                    found.append((self.bare.whole(it, parameter), self.origin(*now)))
        return found

    def origin(self, path: str, parameter: Parameter) -> str:
        """Where the parameter's first line stems from."""
        return self.files[path].origin(parameter.line)

    def _is_operators(self, path: str, parameter: Parameter) -> bool:
        return self.origin(path, parameter).rpartition(":")[0] in LAID_OVER

    def whole(self, path: str, parameter: Parameter) -> Place:
        """The parameter with its continued lines as one."""
        lines = [self.files[path].lines[number - 1].strip() for number in parameter.numbers]
        text = " ".join(line for line in lines if line and not line.startswith("#"))
        return Place(f"/etc/{path}", parameter.line, self.mask.line(text))

    def named(self, path: str, asked: str) -> list[ExplainedLine]:
        """The parameters of a file that ``asked`` names, explained; of a block or service what stands in it too."""
        if path == MASTER_CF:
            asked = master_cf.served(asked, self.files[path].file.content)
        every = self.parameters(path)
        names = [it.name for _, it in every if it.is_named(asked)]
        inner = [it.name for _, it in every if any(it.name.startswith(f"{name}/") for name in names)]
        wanted = dict.fromkeys([*names, *inner])
        return [self.parameter(*found) for name in wanted if (found := self.effective(path, name))]

    def parameter(self, path: str, parameter: Parameter) -> ExplainedLine:
        """A parameter explained."""
        instead = None
        if self._is_operators(path, parameter):
            base = DOVECOT_CONF if path == DOVECOT_LOCAL else path
            ours = self.bare.effective(base, parameter.name)
            instead = self.bare.parameter(*ours) if ours else None
        return self._explained(parameter.name, self.whole(path, parameter), path, parameter.numbers, instead)

    def line(self, path: str, number: int) -> ExplainedLine:
        """Line ``number`` of a file explained."""
        base = DOVECOT_CONF if path == DOVECOT_LOCAL else path
        for it, parameter in self.parameters(base):
            if it == path and number in parameter.numbers:
                told = self.parameter(path, parameter)
                last = self.effective(base, parameter.name)
                wins = self.origin(*last) if last and last != (path, parameter) else ""
                return ExplainedLine(
                    told.name, told.place, told.origin, told.source, told.settings, told.instead_of, wins
                )
        return self._explained("", self._place(path, number), path, range(number, number + 1))

    def _explained(
        self, name: str, place: Place, path: str, numbers: range, instead: ExplainedLine | None = None
    ) -> ExplainedLine:
        origin = self.files[path].origin(place.line)
        found = [self.stated[it] for it in self._behind(path, numbers)]
        source = self.mask.line(self._source(origin))
        return ExplainedLine(name, place, origin, source, tuple(found), instead)

    def _behind(self, path: str, numbers: range) -> list[str]:
        """The settings behind these lines: those that change them, and those that the template's line names."""
        deployment, files = self.trial
        if path not in self._by_line:
            self._by_line[path] = by_line(deployment, files[path])
        found = self._by_line[path]
        # The lines of a long table are told as those of the shorter one that was tried: by what shapes any of them.
        asked = numbers if files[path].file.content == self.files[path].file.content else found
        source = self._source(self.files[path].origin(numbers.start))
        tried = {name for number in asked for name in found.get(number, [])}
        return [name for name in settings.NAMES if name in tried or _names(source, name)]

    def _source(self, origin: str) -> str:
        """The text of a template's line."""
        file, _, line = origin.rpartition(":")
        for template in self.deployment.mailserver.templates.values():
            if template.name == file:
                return template.text.split("\n")[int(line) - 1].strip()
        return ""


def _names(source: str, name: str) -> bool:
    """Whether a template's line names a setting."""
    return re.search(rf"\bsettings\.{name.lower()}\b", source) is not None
