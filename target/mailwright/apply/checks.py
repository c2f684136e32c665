"""Checks: what the daemons' own tools say about a configuration below any folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mailwright.apply.one_by_one import all_lines
from mailwright.core.places import PLACE
from mailwright.core.problems import Problem
from mailwright.core.tree import File, Tree
from mailwright.host.commands import run
from mailwright.model.mailserver import Mailserver
from mailwright.model.patches import PATCHES
from mailwright.render.tree import enabled
from mailwright.services.declaration import Check

SIEVE_LINE = re.compile(r": line (?P<line>\d+): (?P<kind>error|warning): (?P<what>.*)")
LIMIT = 300.0  # seconds; a large table on a slow disk takes some
# What comes before the mistake itself in Dovecot's lines; the place is named already.
PREAMBLE = re.compile(r"doveconf: (?:Fatal|Error): Error in configuration file /\S+ line \d+: ")


def compile_tables(tree: Tree, files: Iterable[File], etc: Path) -> list[Problem]:
    """What postmap(1) and sievec(1) say; each of ``files`` that needs it is compiled, beside itself."""

    def compiled(file: File) -> list[Problem]:
        if file.compile == "sievec":
            return _sieve_problems(file, tree, etc)
        lines, _ = _run((file.compile, f"lmdb:{etc / file.path}"), MAIL_CONFIG=str(etc / "postfix"))
        place = file.origin(1).partition(":")[0] if file.mild else ""
        problems = [cited(line, tree, str(etc), file.service, place) for line in lines]
        return [_judged(problem, file.mild) for problem in problems]

    with ThreadPoolExecutor(4) as pool:
        return [
            problem for problems in pool.map(compiled, [one for one in files if one.compile]) for problem in problems
        ]


def _judged(problem: Problem, mild: Iterable[str], *, late: bool = False) -> Problem:
    """``problem`` as a warning if it is ``late`` or has one of the ``mild`` words."""
    return problem._replace(warning=late or any(word in problem.what for word in mild))


def _sieve_problems(file: File, tree: Tree, etc: Path) -> list[Problem]:
    """What sievec says about a script, with the operator's line; sievec leaves out the ending of its name."""
    lines, _ = _run(("sievec", "-c", str(etc / "dovecot/sievec.conf"), str(etc / file.path)))
    problems = []
    for line in lines:
        match = SIEVE_LINE.search(line)
        if match:
            what = match["what"].rstrip(".")
            problems.append(Problem(file.origin(int(match["line"])), what, "", match["kind"] == "warning"))
    return problems or [cited(line, tree, str(etc), file.origin(1).partition(":")[0] or file.service) for line in lines]


def check(
    mailserver: Mailserver, tree: Tree, etc: Path, names: Iterable[str] | None = None, *, patched: bool = True
) -> list[Problem]:
    """What the checkers of all services, or of those in ``names``, find in ``tree`` below ``etc``.

    ``patched``: user-patches.sh has run.
    """
    services = [service for service in enabled(mailserver) if names is None or service.name in names]
    checks = [(service.name, one) for service in services for one in (*service.checks, *service.tries(mailserver))]
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda pair: _answer(pair[1], etc), checks)
    problems: list[Problem] = []
    for (name, one), (lines, output) in zip(checks, answers, strict=True):
        loud = [line for line in lines if not line.startswith(one.quiet or ("\0",))]
        late = one.late and not patched
        cited_lines = [cited(line, tree, str(etc), name, one.where) for line in loud]
        if late:
            cited_lines = [problem._replace(hint=f"{PATCHES} must write it") for problem in cited_lines]
        problems += [_judged(problem, one.mild, late=late) for problem in cited_lines]
        problems += one.judge(mailserver, output) if one.judge else ()
    return list(dict.fromkeys(problems))


def _answer(one: Check, etc: Path) -> tuple[list[str], str]:
    """What the checker says about the tree below ``etc``: its lines on stderr, and its output."""

    def ask(folder: str) -> tuple[list[str], str]:
        return _run([word.format(etc=folder) for word in one.command])

    lines, output = ask(str(etc))
    if lines and one.ends_at_first and (etc / one.ends_at_first[-1]).exists():
        lines = all_lines(lambda folder: ask(folder)[0], lines, etc, one.ends_at_first)
    return lines, output


def _run(command: Sequence[str], **environ: str) -> tuple[list[str], str]:
    """The lines that ``command`` writes to stderr (one that fails silently gives one too), and its output."""
    done = run(command, limit=LIMIT, environ=environ)
    lines = list(dict.fromkeys(line for line in done.errors.splitlines() if line.strip()))
    if not done and not lines:
        lines = [f"{command[0]} ended with exit code {done.code}"]
    return lines, done.output


def cited(line: str, tree: Tree, etc: str, service: str, place: str = "") -> Problem:
    """``line`` of a checker as a Problem; a place in a rendered file becomes the operator's file and line.

    ``place`` stands for a line that names none.
    """
    match = PLACE.search(line)
    where = place or _named_in_override(line, tree, service) or service
    if match and match["path"].startswith(etc):
        path = match["path"].removeprefix(f"{etc}/")
        origin = tree[path].origin(int(match["line"])) if path in tree else ""
        where = origin or f"/etc/{path}:{match['line']}"
        line = PREAMBLE.sub("", line) if origin else line
    return Problem(where, line.replace(etc, "/etc"))


def _named_in_override(line: str, tree: Tree, service: str) -> str:
    """Where the operator sets a parameter that ``line`` names: postconf(1) gives no line number."""
    for file in tree.values():
        if file.service == service and file.spans:
            for number, text in enumerate(file.content.splitlines(), start=1):
                name, equals, _ = text.partition("=")
                if equals and file.origin(number) and re.search(rf"\b{re.escape(name.strip())}\b", line):
                    return file.origin(number)
    return ""
