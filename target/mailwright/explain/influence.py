"""Influence: which settings change which rendered lines.

It is found by trial: the server is built again with another value of one setting, and the lines that differ depend
on that setting. This covers templates of the operator, lists computed in Python and derived values. The result is
valid for this deployment only: a setting without effect here influences nothing here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from mailwright import settings
from mailwright.core import paths
from mailwright.core.problems import ConfigurationError
from mailwright.core.tree import File
from mailwright.core.values import Value
from mailwright.explain.provenance import Rendered
from mailwright.model.building import build
from mailwright.model.mailserver import Mailserver
from mailwright.model.overrides import LAID_OVER, Overrides
from mailwright.model.reading import Reading
from mailwright.model.sources import Content, Sources
from mailwright.model.variables import ENV_FILE, names
from mailwright.render.tree import enabled, render
from mailwright.settings import Settings

# Values of every kind; a setting is tried with those that it accepts.
TRIED = (
    "", "0", "1", "2525", "465", "7001", "10240001", "mail.elsewhere.example", "someone@elsewhere.example",
    "lmtp:inet:elsewhere.example:24", "[elsewhere.example]:2525", "/elsewhere", "elsewhere0",
)  # fmt: skip


# Files that may have a hundred thousand lines, and how many lines of them are enough for a trial.
LONG = ("postfix-accounts.cf", "postfix-virtual.cf")
ENOUGH = 200


@dataclass(frozen=True)
class Deployment:
    """A server and the sources that it was built from, to build it again with another value of a setting."""

    reading: Reading
    mailserver: Mailserver
    _variants: dict[str, tuple[Mailserver, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def sources(self) -> Sources:
        """What was read."""
        return self.reading.sources

    def without_overrides(self) -> Deployment:
        """The same without the operator's override files."""
        config = {name: content for name, content in self.sources.config.items() if name not in LAID_OVER}
        bare = replace(self.mailserver, overrides=Overrides())
        return Deployment(replace(self.reading, sources=replace(self.sources, config=config)), bare)

    def slim(self) -> Deployment:
        """The same with only the first accounts and aliases, since a trial with very many takes long."""
        config = {name: _cut(content) if name in LONG else content for name, content in self.sources.config.items()}
        if config == self.sources.config:
            return self
        reading = replace(self.reading, sources=replace(self.sources, config=config))
        try:
            return Deployment(reading, build(reading))
        except ConfigurationError:
            return self

    def variants(self, name: str) -> tuple[Mailserver, ...]:
        """The server with each other value of the setting ``name``."""
        if name not in self._variants:
            values = _values(name, getattr(self.mailserver.settings, name.lower()))
            self._variants[name] = tuple(self._with(name, text, value) for text, value in values)
        return self._variants[name]

    def _with(self, name: str, text: str, value: object) -> Mailserver:
        """The server built again; if that is refused, the server with only this setting replaced."""
        values = self.reading.variables.values
        environ = {key: value.text for key, value in values.items() if key != name} | ({name: text} if text else {})
        config = {key: content for key, content in self.sources.config.items() if key != ENV_FILE}
        try:
            # A start creates it if it is missing.
            files = {paths.SRS_SECRET: b"secret", **self.sources.files}
            tried = replace(self.sources, environ=environ, env_file=None, config=config, files=files)
            return build(Reading.of(tried))
        except ConfigurationError:
            changed_settings = self.mailserver.settings.model_copy(update={name.lower(): value})
            hostname, domain = names(changed_settings, self.sources.fqdn)
            return replace(self.mailserver, settings=changed_settings, hostname=hostname, domain=domain)


def _cut(content: Content) -> Content:
    return b"".join(content.splitlines(keepends=True)[:ENOUGH]) if isinstance(content, bytes) else content


def _values(name: str, current: object) -> Iterator[tuple[str, object]]:
    """Texts that the setting accepts, with their values, without the ``current`` value."""
    seen = [current]
    for text in (*settings.choices(Settings.model_fields[name.lower()]), *TRIED):
        parsed, problems = settings.settings({name: Value(text, "")} if text else {})
        value = getattr(parsed, name.lower())
        if not problems and value not in seen:
            seen.append(value)
            yield text, value


@dataclass
class Influence:
    """What a setting influences: lines by path, whole files, and files to which another value would add lines."""

    lines: dict[str, set[int]] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)

    def compare(self, before: Rendered | None, after: File | None) -> None:
        """Adds the lines of ``before`` that differ from ``after``, or the whole file."""
        if not before or not after:
            path = before.file.path if before else after.path if after else ""
            (self.whole if before else self.elsewhere).add(path)
        elif before.is_table:
            self.whole.add(after.path)
        else:
            numbers = changed(before.lines, after)
            self.lines.setdefault(after.path, set()).update(numbers)
            if not numbers:
                self.elsewhere.add(after.path)


def influence(deployment: Deployment, present: dict[str, Rendered], name: str) -> Influence:
    """What the setting ``name`` influences in the files ``present``."""
    result = Influence()
    for other in deployment.variants(name):
        try:
            tree = render(other)
        except ConfigurationError:  # the operator's template may fail with another value
            continue
        for path in {*present, *tree}:
            before, after = present.get(path), tree.get(path)
            if not before or not after or before.file.content != after.content:
                result.compare(before, after)
    result.lines = {path: numbers for path, numbers in result.lines.items() if numbers}
    result.elsewhere -= {*result.lines, *result.whole}
    return result


def changed(lines: list[str], after: File) -> set[int]:
    """The numbers of the ``lines`` that are missing or different in ``after``."""
    others = after.content.removesuffix("\n").split("\n")
    if len(lines) > 1000:  # a table, whose lines are all different
        other_lines = set(others)
        return {number for number, line in enumerate(lines, start=1) if line not in other_lines}
    match = difflib.SequenceMatcher(None, lines, others, autojunk=False)
    return {
        number + 1 for kind, low, high, _, _ in match.get_opcodes() if kind != "equal" for number in range(low, high)
    }


def by_line(deployment: Deployment, present: dict[str, Rendered], service: str) -> dict[str, dict[int, list[str]]]:
    """The settings that influence each line of each file of ``service``, by path and line number."""
    own = {path: rendered for path, rendered in present.items() if rendered.file.service == service}
    names: dict[str, dict[int, list[str]]] = {path: {} for path in own}
    for name in settings.NAMES:
        for path, numbers in _changed_by(deployment, own, service, name).items():
            for number in sorted(numbers):
                names[path].setdefault(number, []).append(name)
    return names


def _changed_by(deployment: Deployment, own: dict[str, Rendered], service: str, name: str) -> dict[str, set[int]]:
    numbers: dict[str, set[int]] = {}
    for other in deployment.variants(name):
        try:
            files = _files(other, service)
        except ConfigurationError:
            continue
        for after in files:
            before = own.get(after.path)
            if before and after.content != before.file.content:
                numbers.setdefault(after.path, set()).update(changed(before.lines, after))
    return numbers


def _files(mailserver: Mailserver, name: str) -> list[File]:
    """The files of the service ``name`` of another server; only it is rendered, unless several make the file."""
    for service in enabled(mailserver):
        if service.name == name:
            return list(service.files(mailserver, "/etc"))
    return [file for file in render(mailserver).values() if file.service == name]
