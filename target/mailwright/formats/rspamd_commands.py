"""custom-commands.conf: docker-mailserver's commands that change Rspamd's configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mailwright.core.problems import Problem, did_you_mean, shown_name
from mailwright.core.textfile import TextFile
from mailwright.core.values import amount

COMMANDS_FILE = "rspamd/custom-commands.conf"
# Command → the least number of words after it.
WORDS = {
    "disable-module": 1,
    "enable-module": 1,
    "set-option-for-module": 3,
    "set-option-for-controller": 2,
    "set-option-for-proxy": 2,
    "set-common-option": 2,
    "add-line": 2,
}
FILES = {
    "set-option-for-controller": "worker-controller.inc",
    "set-option-for-proxy": "worker-proxy.inc",
    "set-common-option": "options.inc",
}
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Command:
    """Line ``number`` of custom-commands.conf: ``line`` goes into ``file``, in place of one that sets ``option``."""

    file: str
    line: str
    option: str = ""
    number: int = 0


def commands(file: TextFile) -> tuple[list[Command], list[Problem]]:
    """The commands of custom-commands.conf, as in docker-mailserver, and a Problem for each line that is not one."""
    parsed, problems = [], []
    for number, line in file.rows():
        name, *words = line.split()
        where = f"{file.name}:{number}"
        if name not in WORDS:
            problems.append(
                Problem(where, f"{shown_name(name)} is not a command", did_you_mean(name, WORDS) or ", ".join(WORDS))
            )
        elif len(words) < WORDS[name]:
            problems.append(Problem(where, f"{name} needs {amount(WORDS[name], 'word')}, not {len(words)}"))
        elif not NAME.fullmatch(words[0]):
            problems.append(
                Problem(
                    where, f"{shown_name(words[0].partition('=')[0])} is not the name of a module, an option or a file"
                )
            )
        else:
            parsed.append(replace(_command(name, words), number=number))
    return parsed, problems


def _command(name: str, words: list[str]) -> Command:
    first, rest = words[0], " ".join(words[1:])
    if name in ("disable-module", "enable-module"):
        return Command(f"{first}.conf", f"enabled = {'true' if name == 'enable-module' else 'false'};", "enabled")
    if name == "set-option-for-module":
        return Command(f"{first}.conf", f"{words[1]} = {' '.join(words[2:])};", words[1])
    if name == "add-line":
        return Command(first, rest)
    return Command(FILES[name], f"{first} = {rest};", first)


def with_command(file: TextFile, command: Command) -> tuple[TextFile, tuple[int, ...]]:
    """``file`` with the line of ``command``, and the numbers of the lines that are now that one."""
    lines = file.text.removesuffix("\n").split("\n") if file.text else []
    setting = re.compile(rf"[ \t]*{re.escape(command.option)}[ \t]*[=:].*")
    numbers = [number for number, line in enumerate(lines, start=1) if command.option and setting.fullmatch(line)]
    if not numbers:
        lines.append("")
        numbers = [len(lines)]
    for number in numbers:
        lines[number - 1] = command.line
    return replace(file, text="\n".join(lines) + "\n"), tuple(numbers)
