"""Answers to ``explain NAME``: NAME is a setting, a parameter of a rendered file, or a line of one."""

from __future__ import annotations

from dataclasses import dataclass

from mailwright.core.problems import did_you_mean
from mailwright.explain.explanation import DOVECOT_CONF, MAIN_CF, ExplainedLine, ExplainedSetting, Explanation
from mailwright.explain.redaction import HIDDEN
from mailwright.model.variables import SUFFIX
from mailwright.settings import KNOWN, NAMES
from mailwright.settings.compatibility import RETIRED

MASTER_CF = "postfix/master.cf"


@dataclass(frozen=True, slots=True)
class Inactive:
    """A name of docker-mailserver's contract that does nothing here, why, and where it is said."""

    name: str
    what: str
    origin: str


@dataclass(frozen=True, slots=True)
class NotRendered:
    """A parameter that no line sets, of a file that is rendered; the daemon's own default counts then."""

    path: str
    name: str
    hint: str
    daemon: str  # whose file it is, where it can be asked for its defaults
    also: ExplainedLine | None = None  # what main.cf says, for an option that a service of master.cf does not have


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that nothing has, or a line that is not there."""

    what: str
    hint: str = ""


Answer = ExplainedSetting | Inactive | list[ExplainedLine] | NotRendered | Unknown


def answer(explanation: Explanation, asked: str) -> Answer:
    """What there is to tell of ``asked``."""
    name = variable(asked)
    if name in NAMES:
        return explanation.setting(name)
    if name in KNOWN:
        return _inactive(explanation, name)
    file, colon, rest = asked.partition(":")
    if colon:
        return _in_file(explanation, file, rest)
    found = [it for path in explanation.files for it in _bare(explanation, path, asked)]
    return found or _unknown(explanation, asked, name)


def _unknown(explanation: Explanation, asked: str, name: str) -> Answer:
    """A file without a line, an option that its service does not have, or nothing that is known."""
    if explanation.paths(asked):
        return Unknown(f"{asked} is a file: name a line of it or a parameter", f"such as {asked}:1")
    services = [it.name for _, it in explanation.parameters(MASTER_CF) if it.name.count("/") == 1]
    if asked.rpartition("/")[0] in services:
        return _in_file(explanation, MASTER_CF, asked)
    hint = _near(explanation, asked, name) or f"of a file's parameters that are not rendered, ask as main.cf:{asked}"
    return Unknown(f"{asked} is neither a setting nor a rendered parameter", hint)


def variable(asked: str) -> str:
    """``asked`` as a variable's name: in upper case, without the ``settings.`` of a template or a __FILE."""
    return asked.strip().removeprefix("settings.").upper().removesuffix(SUFFIX)


def _inactive(explanation: Explanation, name: str) -> Inactive:
    value = explanation.deployment.reading.variables.values.get(name)
    why = f"has no effect: {RETIRED[name]}" if name in RETIRED else "is not supported yet; it is ignored"
    return Inactive(name, why, value.origin if value else "")


def _bare(explanation: Explanation, path: str, asked: str) -> list[ExplainedLine]:
    """A parameter that is named without its file, of the files that are configuration and not tables."""
    configuration = path == MASTER_CF or path.endswith((".cf", ".conf"))
    return explanation.named(path, asked) if configuration else []


def _near(explanation: Explanation, asked: str, name: str) -> str:
    names = [it.name for path in (MAIN_CF, MASTER_CF) for _, it in explanation.parameters(path)]
    return did_you_mean(name, KNOWN, 0.7) or did_you_mean(asked, names, 0.7)


def _in_file(explanation: Explanation, file: str, rest: str) -> Answer:
    paths = explanation.paths(file)
    if not paths:
        listed = ", ".join(sorted(explanation.files))
        return Unknown(
            f"there is no rendered file {file}", did_you_mean(file, _short(explanation)) or f"there are {listed}"
        )
    path = paths[0]
    rendered = explanation.files[path]
    if rest.isdigit():
        if not 0 < int(rest) <= len(rendered.lines):
            return Unknown(f"/etc/{path} has the lines 1 to {len(rendered.lines)}")
        return [explanation.line(path, int(rest))]
    if rendered.file.secret:
        return Unknown(f"/etc/{path} is {HIDDEN.strip('()')}: nothing of it is told")
    if not rest:
        return Unknown(f"{file}: names no line and no parameter", f"such as {file}:1")
    return explanation.named(path, rest) or _absent(explanation, path, rest)


def _short(explanation: Explanation) -> list[str]:
    return [path.rpartition("/")[2] for path in explanation.files] + list(explanation.files)


def _absent(explanation: Explanation, path: str, asked: str) -> Answer:
    names = [it.name for _, it in explanation.parameters(path)]
    hint = did_you_mean(asked, names)
    if path == MASTER_CF:
        service, _, name = asked.rpartition("/")
        if service not in names:
            services = [it for it in names if it.count("/") == 1]
            near = did_you_mean(service or asked, services)
            return Unknown(f"/etc/{path} has no service {service or asked}", near or f"there are {', '.join(services)}")
        main = explanation.effective(MAIN_CF, name)
        return NotRendered(path, asked, "", "Postfix", explanation.parameter(*main) if main else None)
    daemon = {MAIN_CF: "Postfix", DOVECOT_CONF: "Dovecot"}.get(path, "")
    return NotRendered(path, asked, hint, daemon)
