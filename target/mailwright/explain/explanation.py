"""Explanations: what a setting is and influences, and where a rendered line comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from mailwright import settings
from mailwright.explain.influence import Deployment, Influence, by_line, influence
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
    """A line of a file and its text without secrets. ``file`` is below /etc, or a file of the operator."""

    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class ExplainedSetting:
    """A setting and what it influences in this deployment."""

    setting: Stated
    accepts: str
    description: str
    lines: tuple[Place, ...]
    files: tuple[str, ...]  # as a whole
    elsewhere: tuple[str, ...]  # files to which another value would add lines
    without_effect: tuple[tuple[Place, str], ...]  # a line that it would set, and the override that sets it instead


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A parameter, or another line (``name`` is empty): its place, its origin and the settings that influence it."""

    name: str
    place: Place
    origin: str  # templates/postfix/main.cf.j2:12, postfix-main.cf:3, or nothing if it has no template
    source: str  # the template's line
    settings: tuple[Stated, ...]
    instead_of: ExplainedLine | None = None  # the line of the template that the operator's file replaces
    overruled_by: str = ""  # a later line that sets the same parameter


class Explanation:
    """The explanations of one deployment; each part is computed once."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self._by_line: dict[str, dict[int, list[str]]] = {}

    @cached_property
    def files(self) -> dict[str, Rendered]:
        """Every rendered file by path."""
        return rendered(self.deployment.mailserver)

    @cached_property
    def trial(self) -> tuple[Deployment, dict[str, Rendered]]:
        """The deployment for trials of settings: with fewer accounts, if the configuration stays the same."""
        slim = self.deployment.slim()
        files = rendered(slim.mailserver) if slim is not self.deployment else self.files
        same = files.keys() == self.files.keys() and all(
            own.is_table or own.file.content == files[path].file.content for path, own in self.files.items()
        )
        return (slim, files) if same else (self.deployment, self.files)

    @cached_property
    def stated(self) -> Mapping[str, Stated]:
        """Every setting by name."""
        return stated(self.deployment.reading.variables)

    @cached_property
    def mask(self) -> Mask:
        """The Mask that hides this server's secrets."""
        return mask(self.deployment.mailserver.settings)

    @cached_property
    def bare(self) -> Explanation:
        """The same deployment without the override files."""
        return Explanation(self.deployment.without_overrides())

    def paths(self, asked: str) -> list[str]:
        """The rendered files with the name ``asked``: ``main.cf``, ``postfix/main.cf``, ``/etc/postfix/main.cf``."""
        name = asked.removeprefix("/etc/")
        return [path for path in self.files if path == name or path.endswith(f"/{name}")]

    def parameters(self, path: str) -> list[tuple[str, Parameter]]:
        """The parameters of a file, and of the file that it includes at its end, in order; the last one is used."""
        paths = (path, DOVECOT_LOCAL) if path == DOVECOT_CONF else (path,)
        return [
            (file, parameter)
            for file in paths
            if file in self.files and not self.files[file].file.secret
            for parameter in parameters(file, self.files[file].file.content)
        ]

    def effective(self, path: str, name: str) -> tuple[str, Parameter] | None:
        """The parameter with exactly this name that is used: the last one."""
        return next(((file, one) for file, one in reversed(self.parameters(path)) if one.name == name), None)

    def setting(self, name: str) -> ExplainedSetting:
        """The setting ``name`` explained."""
        info = Settings.model_fields[name.lower()]
        influenced = influence(*self.trial, name)
        return ExplainedSetting(
            setting=self.stated[name],
            accepts=settings.accepted(info),
            description=info.description or "",
            lines=tuple(
                self._place(path, number)
                for path in sorted(influenced.lines)
                for number in sorted(influenced.lines[path])
                if self._is_code(path, number)
            ),
            files=tuple(f"/etc/{path}" for path in sorted(influenced.whole)),
            elsewhere=tuple(f"/etc/{path}" for path in sorted(influenced.elsewhere)),
            without_effect=tuple(self._without_effect(name, influenced)),
        )

    def _is_code(self, path: str, number: int) -> bool:
        """Whether a line is neither empty nor a comment."""
        text = self.files[path].lines[number - 1].strip()
        return bool(text) and text[0] not in "#;"

    def _place(self, path: str, number: int) -> Place:
        file = self.files[path]
        text = HIDDEN if file.file.secret else self.mask.line(file.lines[number - 1])
        return Place(f"/etc/{path}", number, text)

    def _without_effect(self, name: str, present: Influence) -> list[tuple[Place, str]]:
        """The lines that the setting would influence if the override files did not set them."""
        overrides = self.deployment.mailserver.overrides
        if not (overrides.main or overrides.master or overrides.dovecot):
            return []
        lines = []
        for path, numbers in influence(*self.bare.trial, name).lines.items():
            for file, parameter in self.bare.parameters(path):
                now = self.effective(path, parameter.name) if numbers & set(parameter.numbers) else None
                # A setting can decide whether the override applies at all: its service may be disabled.
                if now and self._is_operators(*now) and now[1].line not in present.lines.get(now[0], ()):
                    lines.append((self.bare.whole(file, parameter), self.origin(*now)))
        return lines

    def origin(self, path: str, parameter: Parameter) -> str:
        """The origin of the parameter's first line."""
        return self.files[path].origin(parameter.line)

    def _is_operators(self, path: str, parameter: Parameter) -> bool:
        return self.origin(path, parameter).rpartition(":")[0] in LAID_OVER

    def whole(self, path: str, parameter: Parameter) -> Place:
        """The parameter with its continued lines joined."""
        lines = [self.files[path].lines[number - 1].strip() for number in parameter.numbers]
        text = " ".join(line for line in lines if line and not line.startswith("#"))
        return Place(f"/etc/{path}", parameter.line, self.mask.line(text))

    def named(self, path: str, asked: str) -> list[ExplainedLine]:
        """The parameters of a file with the name ``asked``, explained; for a block or service also its content."""
        if path == MASTER_CF:
            asked = master_cf.in_place(asked, self.files[path].file.content)
        every = [parameter for _, parameter in self.parameters(path)]
        names = [parameter.name for parameter in every if parameter.is_named(asked)]
        inner = [one.name for one in every if any(one.name.startswith(f"{name}/") for name in names)]
        effective = [self.effective(path, name) for name in dict.fromkeys([*names, *inner])]
        return [self.parameter(*one) for one in effective if one]

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
        for file, parameter in self.parameters(base):
            if file == path and number in parameter.numbers:
                last = self.effective(base, parameter.name)
                later = self.origin(*last) if last and last != (path, parameter) else ""
                return replace(self.parameter(path, parameter), overruled_by=later)
        return self._explained("", self._place(path, number), path, range(number, number + 1))

    def _explained(
        self, name: str, place: Place, path: str, numbers: range, instead: ExplainedLine | None = None
    ) -> ExplainedLine:
        origin = self.files[path].origin(place.line)
        behind = tuple(self.stated[name] for name in self._behind(path, numbers))
        source = self.mask.line(self._source(origin))
        return ExplainedLine(name, place, origin, source, behind, instead)

    def _behind(self, path: str, numbers: range) -> list[str]:
        """The settings that change these lines, and those that the template line names."""
        deployment, files = self.trial
        if path not in self._by_line:
            self._by_line |= by_line(deployment, files, files[path].file.service)
        names = self._by_line[path]
        # The trial has a shorter table than the server: its line numbers differ, so the settings of any line are used.
        lines = numbers if files[path].file.content == self.files[path].file.content else names
        source = self._source(self.files[path].origin(numbers.start))
        influences = {name for number in lines for name in names.get(number, [])}
        return [name for name in settings.NAMES if name in influences or _names(source, name)]

    def _source(self, origin: str) -> str:
        """The text of a template's line."""
        file, _, line = origin.rpartition(":")
        for template in self.deployment.mailserver.templates.values():
            if template.name == file:
                return template.text.split("\n")[int(line) - 1].strip()
        return ""


def _names(source: str, name: str) -> bool:
    """Whether a template line uses a setting."""
    return re.search(rf"\bsettings\.{name.lower()}\b", source) is not None
