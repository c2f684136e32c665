"""Parameters of rendered files: where each stands, and its name as the operator asks for it.

``submission/inet/smtpd_tls_security_level`` in master.cf (as postconf -P writes it),
``service/imap-login/process_limit`` in dovecot.conf (as doveconf writes it), ``program:postfix/command`` elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailwright.core.textfile import TextFile
from mailwright.formats import main_cf as maincf
from mailwright.formats import master_cf as mastercf

BLOCK = re.compile(r"\s*(?P<words>[^#={}]+?)\s*\{\s*")
ASSIGNMENT = re.compile(r"\s*(?P<name>[^\s#=]+)\s*=\s*(?P<value>.*)")
SECTION = re.compile(r"\[(?P<name>[^]]+)\]\s*")
ROW = re.compile(r"(?P<name>[^\s#:;=\[]+)(?:\s*[:=]\s*|\s+)(?P<value>.*)")
OPTION = re.compile(r"\s+-o\s+(?:\{\s*(?P<braced>.*?)\s*\}|(?P<plain>.*))\s*")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One ``name = value`` and the lines that it stands on. ``name`` has the blocks around it before it."""

    name: str
    value: str
    line: int
    last: int

    @property
    def numbers(self) -> range:
        """The lines that it takes."""
        return range(self.line, self.last + 1)

    def is_named(self, asked: str) -> bool:
        """Whether ``asked`` names it, with all of the blocks around it or with the inner ones only."""
        return self.name == asked or self.name.endswith(f"/{asked}")


def parameters(path: str, text: str) -> list[Parameter]:
    """The parameters of the rendered file ``path`` in its order."""
    parser = {"postfix/main.cf": main_cf, "postfix/master.cf": master_cf}.get(path)
    if not parser:
        parser = blocks if path.startswith("dovecot/") and path.endswith(".conf") else rows
    return list(parser(text))


def main_cf(text: str) -> Iterator[Parameter]:
    """Of main.cf; continued lines belong to their parameter."""
    lines = text.split("\n")
    for parameter in maincf.parameters(TextFile("main.cf", text))[0]:
        last = parameter.line
        for number in range(parameter.line + 1, len(lines) + 1):
            line = lines[number - 1]
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            if not line[0].isspace():
                break
            last = number
        yield Parameter(parameter.name, parameter.value, parameter.line, last)


def master_cf(text: str) -> Iterator[Parameter]:
    """Of master.cf: ``service/type`` with its columns as value, ``service/type/name`` for each -o."""
    service = ""
    for number, line in enumerate(text.split("\n"), start=1):
        match = mastercf.SERVICE.match(line)
        option = OPTION.fullmatch(line)
        if match:
            service = f"{match['service']}/{match['type']}"
            yield Parameter(service, line[match.end() :].strip(), number, number)
        elif option and service:
            name, _, value = (option["braced"] or option["plain"] or "").partition("=")
            yield Parameter(f"{service}/{name.strip()}", value.strip(), number, number)


def blocks(text: str) -> Iterator[Parameter]:
    """Of a configuration of Dovecot: ``service lmtp {`` goes before what stands in it, as ``service/lmtp``."""
    around: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        opened, assigned = BLOCK.fullmatch(line), ASSIGNMENT.fullmatch(line)
        if line.lstrip().startswith("#"):
            continue
        if opened:
            around.append("/".join(opened["words"].split()))
            yield Parameter("/".join(around), "{", number, number)
        elif assigned:
            yield Parameter("/".join([*around, assigned["name"]]), assigned["value"].strip(), number, number)
        elif line.strip() == "}" and around:
            around.pop()


def rows(text: str) -> Iterator[Parameter]:
    """Of any other file: ``name = value`` below its [section], or a table's key and value."""
    section = ""
    for number, line in enumerate(text.split("\n"), start=1):
        heading, row = SECTION.fullmatch(line), ROW.fullmatch(line)
        if heading:
            section = f"{heading['name']}/"
        elif row:
            yield Parameter(section + row["name"], row["value"].strip(), number, number)
