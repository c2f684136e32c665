"""Checks: what the daemons' own tools say of a configuration that lies somewhere below a folder."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mailwright.core.problems import Problem
from mailwright.core.tree import File, Tree
from mailwright.model.mailserver import Mailserver
from mailwright.render.tree import enabled

SIEVE_LINE = re.compile(r": line (?P<line>\d+): (?P<kind>error|warning): (?P<what>.*)")
PLACE = re.compile(r"(?P<path>/[^\s:,]+?)(?:,? line |:)(?P<line>\d+)")


def compile_tables(tree: Tree, files: Iterable[File], etc: Path) -> list[Problem]:
    """Beside each of ``files`` that asks for it lies what it is compiled to (postmap(1), sievec(1)). What they say."""

    def compiled(file: File) -> list[Problem]:
        if file.compile == "sievec":
            return _sieve_problems(file, etc)
        said, _ = _run((file.compile, f"lmdb:{etc / file.path}"), MAIL_CONFIG=str(etc / "postfix"))
        return [cited(line, tree, str(etc), file.service) for line in said]

    with ThreadPoolExecutor(4) as pool:
        return [problem for said in pool.map(compiled, [it for it in files if it.compile]) for problem in said]


def _sieve_problems(file: File, etc: Path) -> list[Problem]:
    """What sievec says of a script, with the operator's line; its name there is the file's without the ending."""
    said, _ = _run(("sievec", "-c", str(etc / "dovecot/sievec.conf"), str(etc / file.path)))
    found = []
    for line in said:
        match = SIEVE_LINE.search(line)
        if match:
            what = match["what"].rstrip(".")
            found.append(Problem(file.origin(int(match["line"])), what, "", match["kind"] == "warning"))
    return found or [Problem(file.origin(1).partition(":")[0], line) for line in said]


def check(mailserver: Mailserver, tree: Tree, etc: Path, names: Iterable[str] | None = None) -> list[Problem]:
    """What the checkers of all services, or of those that ``names`` says, find in ``tree`` below ``etc``."""
    services = [it for it in enabled(mailserver) if names is None or it.name in names]
    checks = [(service.name, one) for service in services for one in service.checks]
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda pair: _run([word.format(etc=etc) for word in pair[1].command]), checks)
    problems: list[Problem] = []
    for (name, one), (said, printed) in zip(checks, answers, strict=True):
        lines = [line for line in said if not line.startswith(one.quiet or ("\0",))]
        told = [cited(line, tree, str(etc), name) for line in lines]
        problems += [it._replace(warning=any(word in it.what for word in one.mild)) for it in told]
        problems += one.judge(mailserver, printed) if one.judge else ()
    return list(dict.fromkeys(problems))


def _run(command: Sequence[str], **environ: str) -> tuple[list[str], str]:
    """The lines that ``command`` says on stderr (a silent failure is told too), and what it prints."""
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, errors="replace", env=os.environ | environ, check=False
    )
    lines = list(dict.fromkeys(line for line in done.stderr.splitlines() if line.strip()))
    if done.returncode and not lines:
        lines = [f"{command[0]} ended with exit code {done.returncode}"]
    return lines, done.stdout


def cited(line: str, tree: Tree, etc: str, service: str) -> Problem:
    """``line`` of a checker as a Problem; a place in a rendered file is told as the operator's file and line."""
    match = PLACE.search(line)
    where = _named_in_override(line, tree, service) or service
    if match and match["path"].startswith(etc):
        path = match["path"].removeprefix(f"{etc}/")
        where = (tree[path].origin(int(match["line"])) if path in tree else "") or f"/etc/{path}:{match['line']}"
    return Problem(where, line.replace(etc, "/etc"))


def _named_in_override(line: str, tree: Tree, service: str) -> str:
    """Where the operator sets a parameter that ``line`` names: postconf(1) tells no line number."""
    for file in tree.values():
        if file.service == service and file.spans:
            for number, text in enumerate(file.content.splitlines(), start=1):
                name, equals, _ = text.partition("=")
                if equals and file.origin(number) and re.search(rf"\b{re.escape(name.strip())}\b", line):
                    return file.origin(number)
    return ""
