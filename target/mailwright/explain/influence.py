"""Influence: which settings shape which rendered lines.

Found by trying: a server is built again with another value of one setting, and what differs is what the setting
shapes. So it holds for whatever stands between the two (templates of the operator's, lists computed in Python, values
derived from others), and it tells of this deployment: a setting that has no effect here shapes nothing here.
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
from mailwright.model.mailserver import Mailserver, build
from mailwright.model.overrides import LAID_OVER, Overrides
from mailwright.model.reading import Reading
from mailwright.model.sources import Content, Sources
from mailwright.model.variables import ENV_FILE, names
from mailwright.render.tree import enabled, render
from mailwright.settings import Settings

# Values of every kind; a setting is tried with those that it takes.
TRIED = (
    "", "0", "1", "2525", "465", "7001", "10240001", "mail.elsewhere.example", "someone@elsewhere.example",
    "lmtp:inet:elsewhere.example:24", "[elsewhere.example]:2525", "/elsewhere", "elsewhere0",
)  # fmt: skip


# Files that may have a hundred thousand lines, and how many of them say as much as all.
LONG = ("postfix-accounts.cf", "postfix-virtual.cf")
ENOUGH = 200


@dataclass(frozen=True)
class Deployment:
    """What a server was built of, so that it can be built again with one setting said otherwise."""

    reading: Reading
    mailserver: Mailserver

    @property
    def sources(self) -> Sources:
        """What was read."""
        return self.reading.sources

    def without_overrides(self) -> Deployment:
        """The same without the files of the operator's that are laid over the templates."""
        config = {name: content for name, content in self.sources.config.items() if name not in LAID_OVER}
        bare = replace(self.mailserver, overrides=Overrides())
        return Deployment(replace(self.reading, sources=replace(self.sources, config=config)), bare)

    def slim(self) -> Deployment:
        """The same with the first accounts and aliases only, where there are so many that trying would take long."""
        config = {name: _cut(content) if name in LONG else content for name, content in self.sources.config.items()}
        if config == self.sources.config:
            return self
        reading = replace(self.reading, sources=replace(self.sources, config=config))
        try:
            return Deployment(reading, build(reading))
        except ConfigurationError:
            return self

    def otherwise(self, name: str) -> Iterator[Mailserver]:
        """The server with each other value of the setting ``name`` that is tried."""
        for text, value in _values(name, getattr(self.mailserver.settings, name.lower())):
            yield self._with(name, text, value)

    def _with(self, name: str, text: str, value: object) -> Mailserver:
        """The server built anew; where that is refused (no such certificate), it with that one setting replaced."""
        values = self.reading.variables.values
        environ = {key: value.text for key, value in values.items() if key != name} | ({name: text} if text else {})
        config = {key: content for key, content in self.sources.config.items() if key != ENV_FILE}
        try:
            # What a start makes where it is missing.
            files = {paths.SRS_SECRET: b"tried", **self.sources.files}
            tried = replace(self.sources, environ=environ, env_file=None, config=config, files=files)
            return build(Reading.of(tried))
        except ConfigurationError:
            chosen = self.mailserver.settings.model_copy(update={name.lower(): value})
            hostname, domain = names(chosen, self.sources.fqdn)
            return replace(self.mailserver, settings=chosen, hostname=hostname, domain=domain)


def _cut(content: Content) -> Content:
    return b"".join(content.splitlines(keepends=True)[:ENOUGH]) if isinstance(content, bytes) else content


def _values(name: str, current: object) -> Iterator[tuple[str, object]]:
    """Texts that the setting takes, with the values that they mean, each other than ``current``."""
    seen = [current]
    for text in (*settings.choices(Settings.model_fields[name.lower()]), *TRIED):
        parsed, problems = settings.settings({name: Value(text, "")} if text else {})
        value = getattr(parsed, name.lower())
        if not problems and value not in seen:
            seen.append(value)
            yield text, value


@dataclass
class Shape:
    """What a setting shapes: lines by path, whole files, and files that another value would add lines to."""

    lines: dict[str, set[int]] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)

    def compare(self, before: Rendered | None, after: File | None) -> None:
        """What ``before`` shows of the difference between the two belongs to the shape afterwards."""
        if not before or not after:
            path = before.file.path if before else after.path if after else ""
            (self.whole if before else self.elsewhere).add(path)
        elif before.is_table:
            self.whole.add(after.path)
        else:
            found = changed(before.lines, after)
            self.lines.setdefault(after.path, set()).update(found)
            if not found:
                self.elsewhere.add(after.path)


def shape(deployment: Deployment, present: dict[str, Rendered], name: str) -> Shape:
    """What the setting ``name`` shapes of what is rendered at ``present``."""
    result = Shape()
    for other in deployment.otherwise(name):
        try:
            tree = render(other)
        except ConfigurationError:  # a template of the operator's may fail with another value
            continue
        for path in {*present, *tree}:
            before, after = present.get(path), tree.get(path)
            if not before or not after or before.file.content != after.content:
                result.compare(before, after)
    result.lines = {path: numbers for path, numbers in result.lines.items() if numbers}
    result.elsewhere -= {*result.lines, *result.whole}
    return result


def changed(lines: list[str], after: File) -> set[int]:
    """The numbers of those ``lines`` that are not, or not so, in ``after``."""
    others = after.content.removesuffix("\n").split("\n")
    if len(lines) > 1000:  # a table, whose lines are all different
        there = set(others)
        return {number for number, line in enumerate(lines, start=1) if line not in there}
    match = difflib.SequenceMatcher(None, lines, others, autojunk=False)
    return {
        number + 1 for kind, low, high, _, _ in match.get_opcodes() if kind != "equal" for number in range(low, high)
    }


def by_line(deployment: Deployment, present: Rendered) -> dict[int, list[str]]:
    """The settings behind each line of a file: another value of theirs would change it."""
    found: dict[int, list[str]] = {}
    for name in settings.NAMES:
        for number in sorted(_changed_by(deployment, present, name)):
            found.setdefault(number, []).append(name)
    return found


def _changed_by(deployment: Deployment, present: Rendered, name: str) -> set[int]:
    numbers: set[int] = set()
    for other in deployment.otherwise(name):
        try:
            after = _file(other, present.file)
        except ConfigurationError:
            continue
        if after and after.content != present.file.content:
            numbers |= changed(present.lines, after)
    return numbers


def _file(mailserver: Mailserver, like: File) -> File | None:
    """The file of that path in another render, which need not be finished for it."""
    for service in enabled(mailserver):
        if service.name == like.service:
            return next((file for file in service.files(mailserver, "/etc") if file.path == like.path), None)
    return render(mailserver).get(like.path)
