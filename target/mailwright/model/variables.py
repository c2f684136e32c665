"""Variables: the environment, NAME__FILE and mailserver.env become the Settings, decided once a pass.

The environment wins over mailserver.env; a variable wins over its ``__FILE`` form; an empty value means unset.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mailwright import settings
from mailwright.core.problems import Problem
from mailwright.core.textfile import CONTROL, decode
from mailwright.core.values import Value
from mailwright.formats import env_file
from mailwright.formats.env_file import Statement
from mailwright.model import old_filters
from mailwright.model.sources import Content, Sources, Unreadable
from mailwright.settings import Settings

ENV_FILE = "mailserver.env"
ENVIRONMENT, DEFAULT = "environment", "default"
SUFFIX = "__FILE"


@dataclass(frozen=True, slots=True)
class Statements:
    """Every ``NAME=value`` that is not empty, those that count least first: the last one of a name wins."""

    rows: tuple[Statement, ...]
    problems: tuple[Problem, ...] = ()

    def secrets(self) -> dict[str, str]:
        """Name → path for each ``NAME__FILE`` of a known ``NAME`` that is not set itself."""
        values = dict(self.rows)
        named = {name.removesuffix(SUFFIX): value.text for name, value in values.items() if name.endswith(SUFFIX)}
        return {name: path for name, path in named.items() if name in settings.KNOWN and name not in values}

    def of(self, name: str) -> Iterator[Value]:
        """What is written for ``name``, the strongest first; a secret's file stands for its content, and comes last."""
        yield from (value for stated, value in reversed(self.rows) if stated == name)
        for stated, value in reversed(self.rows):
            if stated == name + SUFFIX:
                yield Value(f"the content of {value.text}", f"{value.origin} ({value.text})")


def statements(sources: Sources) -> Statements:
    """What the sources state. A file given on the command line stands for the environment."""
    rows: list[Statement] = []
    problems: list[Problem] = []
    files = [sources.env_file] if sources.env_file else []
    content = sources.config.get(ENV_FILE)
    if isinstance(content, Unreadable):
        problems.append(Problem(ENV_FILE, content.reason))
    elif content is not None:
        text, problems = decode(ENV_FILE, content)
        files.insert(0, text)
    for file in files:
        rows_of_file, more = env_file.statements(file)
        last = dict(rows_of_file)
        rows += [row for row in rows_of_file if last[row[0]].text]
        problems += more
    if not sources.env_file:
        rows += [(name, Value(text, ENVIRONMENT)) for name, text in sources.environ.items()]
    return Statements(tuple(row for row in rows if row[1].text), tuple(problems))


@dataclass(frozen=True, slots=True)
class Variables:
    """Every variable with its value and origin, secrets read; the Settings; what is wrong with them."""

    values: Mapping[str, Value] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    statements: Statements = field(default_factory=lambda: Statements(()))
    problems: tuple[Problem, ...] = ()

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def is_chosen(self, name: str) -> bool:
        """Whether the setting ``name`` is set to something else than its default."""
        info = Settings.model_fields.get(name.lower())
        return name in self.values and (info is None or self.values[name].text.strip() != settings.default(info))

    def origin(self, name: str) -> str:
        """Where ``name`` is set: ``mailserver.env:12``, or ``environment`` where it is not set at all."""
        return self.values[name].origin if name in self.values else ENVIRONMENT

    def warning(self, name: str, what: str, hint: str = "") -> Problem:
        """A warning about the setting ``name``, at the place where it is set."""
        return Problem(self.origin(name), f"{name}: {what}", hint, True)

    def error(self, name: str, what: str, hint: str = "") -> Problem:
        """A Problem with the setting ``name``, at the place where it is set."""
        return Problem(self.origin(name), f"{name}: {what}", hint)


def variables(stated: Statements, files: Mapping[str, Content]) -> Variables:
    """The Variables of ``stated``; ``files`` holds the secrets by path. A refused value leaves the default."""
    problems = list(stated.problems)
    values = dict(stated.rows)
    problems += _replace_secrets(values, files)
    for name in sorted(settings.KNOWN & values.keys()):
        if _has_control_character(values[name].text):
            problems.append(Problem(values[name].origin, f"{name}: has a line break or control character"))
            del values[name]
    decided, refused = settings.settings(values)
    decided = old_filters.in_effect(decided, values)
    problems += [*refused, *settings.unknown_names(values), *settings.not_supported(values)]
    return Variables(values, decided, stated, tuple(problems))


def _replace_secrets(values: dict[str, Value], files: Mapping[str, Content]) -> Iterator[Problem]:
    """Replaces each known ``NAME__FILE`` in ``values`` by ``NAME`` with the file's content."""
    for variable, value in list(values.items()):
        name = variable.removesuffix(SUFFIX)
        if name == variable or name not in settings.KNOWN:
            continue
        del values[variable]
        content = files.get(value.text)
        if name in values:
            yield Problem(value.origin, f"{variable}: {name} is set too and wins", "", True)
        elif not isinstance(content, bytes):
            path, hint = value.text, ""
            if not path.startswith("/"):  # it may be the secret itself
                path, hint = "its value", "the path of a file that holds the value"
            yield Problem(value.origin, f"{variable}: {path} cannot be read", hint)
        else:
            text = content.decode("utf-8", "replace").rstrip("\r\n")
            if text:
                values[name] = Value(text, f"{value.origin} ({value.text})", from_file=True)


def _has_control_character(text: str) -> bool:
    """Whether ``text`` could break out of a file."""
    return bool(CONTROL.search(text.replace("\n", "\x0b").replace("\t", "\x0b")))


def names(decided: Settings, fqdn: str) -> tuple[str, str]:
    """The host name, and the domain: the host name without its first label when it has more than two."""
    hostname = (decided.override_hostname or fqdn).lower().rstrip(".")
    return hostname, hostname.partition(".")[2] if hostname.count(".") > 1 else hostname
