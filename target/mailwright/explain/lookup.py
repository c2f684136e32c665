"""Answers to ``explain NAME``: NAME is a setting, a parameter of a rendered file, or a line of one."""

from __future__ import annotations

from dataclasses import dataclass

from mailwright.core.problems import did_you_mean
from mailwright.explain.explanation import DOVECOT_CONF, MAIN_CF, ExplainedLine, ExplainedSetting, Explanation
from mailwright.model.variables import SUFFIX
from mailwright.settings import KNOWN, NAMES
from mailwright.settings.compatibility import without_effect

MASTER_CF = "postfix/master.cf"


@dataclass(frozen=True, slots=True)
class Inactive:
    """A variable of docker-mailserver that does nothing here, the reason, and where it is set."""

    name: str
    what: str
    origin: str


@dataclass(frozen=True, slots=True)
class NotRendered:
    """A parameter that a rendered file does not set; the daemon's own default applies."""

    path: str
    name: str
    hint: str
    daemon: str  # whose file it is; empty if its defaults cannot be asked for
    also: ExplainedLine | None = None  # the value in main.cf, for an option that a service of master.cf does not set


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name or a line that does not exist."""

    what: str
    hint: str = ""


Answer = ExplainedSetting | Inactive | list[ExplainedLine] | NotRendered | Unknown


def answer(explanation: Explanation, asked: str) -> Answer:
    """The explanation of ``asked``, as the operator types it."""
    name = variable(asked)
    if name in NAMES:
        return explanation.setting(name)
    if name in KNOWN:
        return _inactive(explanation, name)
    file, colon, rest = asked.partition(":")
    if colon:
        return _in_file(explanation, file, rest)
    lines = [line for path in explanation.files for line in _in_configuration(explanation, path, asked)]
    return lines or _unknown(explanation, asked, name)


def _unknown(explanation: Explanation, asked: str, name: str) -> Answer:
    """A file without a line, an option that its service does not set, or an unknown name."""
    if explanation.paths(asked):
        return Unknown(f"{asked} is a file: name a line of it or a parameter", f"such as {asked}:1")
    services = [one.name for _, one in explanation.parameters(MASTER_CF) if one.name.count("/") == 1]
    if asked.rpartition("/")[0] in services:
        return _in_file(explanation, MASTER_CF, asked)
    hint = _suggestion(explanation, asked, name) or f"name its file if the parameter is not rendered: main.cf:{asked}"
    return Unknown(f"{asked} is neither a setting nor a rendered parameter", hint)


def variable(asked: str) -> str:
    """``asked`` as a variable's name: in upper case, without the ``settings.`` of a template or a __FILE."""
    return asked.strip().removeprefix("settings.").upper().removesuffix(SUFFIX)


def _inactive(explanation: Explanation, name: str) -> Inactive:
    value = explanation.deployment.reading.variables.values.get(name)
    why = without_effect(name)
    return Inactive(name, why, value.origin if value else "")


def _in_configuration(explanation: Explanation, path: str, asked: str) -> list[ExplainedLine]:
    """The parameters with this name in a configuration file; nothing for a table."""
    configuration = path == MASTER_CF or path.endswith((".cf", ".conf"))
    return explanation.named(path, asked) if configuration else []


def _suggestion(explanation: Explanation, asked: str, name: str) -> str:
    names = [parameter.name for path in (MAIN_CF, MASTER_CF) for _, parameter in explanation.parameters(path)]
    return did_you_mean(name, KNOWN, 0.7) or did_you_mean(asked, names, 0.7)


def _in_file(explanation: Explanation, file: str, rest: str) -> Answer:
    paths = explanation.paths(file)
    if not paths:
        hint = did_you_mean(file, _file_names(explanation)) or f"the files are {', '.join(sorted(explanation.files))}"
        return Unknown(f"there is no rendered file {file}", hint)
    path = paths[0]
    rendered = explanation.files[path]
    if rest.isdigit():
        if not 0 < int(rest) <= len(rendered.lines):
            return Unknown(f"/etc/{path} has lines 1 to {len(rendered.lines)} only")
        return [explanation.line(path, int(rest))]
    if rendered.file.secret:
        return Unknown(f"/etc/{path} is secret: its content is not shown")
    if not rest:
        return Unknown(f"{file} is a file: name a line of it or a parameter", f"such as {file}:1")
    return explanation.named(path, rest) or _not_rendered(explanation, path, rest)


def _file_names(explanation: Explanation) -> list[str]:
    return [path.rpartition("/")[2] for path in explanation.files] + list(explanation.files)


def _not_rendered(explanation: Explanation, path: str, asked: str) -> Answer:
    names = [parameter.name for _, parameter in explanation.parameters(path)]
    hint = did_you_mean(asked, names)
    if path == MASTER_CF:
        service, _, option = asked.rpartition("/")
        if service not in names:
            services = [name for name in names if name.count("/") == 1]
            suggestion = did_you_mean(service or asked, services) or f"the services are {', '.join(services)}"
            return Unknown(f"/etc/{path} has no service {service or asked}", suggestion)
        main = explanation.effective(MAIN_CF, option)
        return NotRendered(path, asked, "", "Postfix", explanation.parameter(*main) if main else None)
    daemon = {MAIN_CF: "Postfix", DOVECOT_CONF: "Dovecot"}.get(path, "")
    return NotRendered(path, asked, hint, daemon)
