"""Checks: what the daemons' own tools say about a configuration below any folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from enum import Enum
from pathlib import Path

from mailwright.apply import kept_verdicts
from mailwright.apply.one_by_one import all_lines
from mailwright.core.places import PLACE
from mailwright.core.problems import Problem
from mailwright.core.tree import File, Tree
from mailwright.host.commands import run
from mailwright.model.mailserver import Mailserver
from mailwright.model.patches import PATCHES
from mailwright.render.tree import enabled
from mailwright.services.declaration import Check
from mailwright.services.verdicts import Answer, Verdict, judged, lines

SIEVE_LINE = re.compile(r": line (?P<line>\d+): (?P<kind>error|warning): (?P<what>.*)")
LIMIT = 300.0  # seconds; a large table on a slow disk takes some
# What comes before the mistake itself in Dovecot's lines; the place is named already.
PREAMBLE = re.compile(r"doveconf: (?:Fatal|Error): Error in configuration file /\S+ line \d+: ")


class Moment(Enum):
    """When a configuration is checked."""

    TRIAL = "somebody asks, so nothing that is known from before counts"
    START = "before user-patches.sh"
    PATCHED = "after user-patches.sh"
    LIVE = "a server runs, and keeps its configuration if a checker has doubts that it has not of that one"


def compile_tables(tree: Tree, files: Iterable[File], etc: Path, moment: Moment = Moment.START) -> list[Problem]:
    """What postmap(1) and sievec(1) say; each of ``files`` that needs it is compiled, beside itself."""

    def compiled(file: File) -> list[Problem]:
        if file.compile == "sievec":
            return _sieve_problems(file, tree, etc)
        answer, _ = _ask(file.compile, (file.compile, f"lmdb:{etc / file.path}"), MAIL_CONFIG=str(etc / "postfix"))
        place = file.origin(1).partition(":")[0]
        return [
            cited(line, tree, str(etc), file.service, place)._replace(
                warning=_is_warning(verdict, strict=moment is Moment.LIVE)
            )
            for line, verdict in judged(answer)
        ]

    with ThreadPoolExecutor(4) as pool:
        return [
            problem for problems in pool.map(compiled, [one for one in files if one.compile]) for problem in problems
        ]


def _is_warning(verdict: Verdict, *, strict: bool) -> bool:
    return verdict is Verdict.WARNING or (verdict is Verdict.DOUBT and not strict)


def _sieve_problems(file: File, tree: Tree, etc: Path) -> list[Problem]:
    """What sievec says about a script, with the operator's line; sievec leaves out the ending of its name."""
    answer, _ = _ask("sievec", ("sievec", "-c", str(etc / "dovecot/sievec.conf"), str(etc / file.path)))
    problems = []
    for line, each in judged(answer):
        match = SIEVE_LINE.search(line)
        if match:
            what = match["what"].rstrip(".")
            problems.append(Problem(file.origin(int(match["line"])), what, "", _is_warning(each, strict=True)))
    place = file.origin(1).partition(":")[0] or file.service
    return problems or [
        cited(line, tree, str(etc), place)._replace(warning=_is_warning(each, strict=False))
        for line, each in judged(answer)
    ]


def check(
    mailserver: Mailserver, tree: Tree, etc: Path, names: Iterable[str] | None = None, moment: Moment = Moment.TRIAL
) -> list[Problem]:
    """What the checkers of all services, or of those in ``names``, find in ``tree`` below ``etc``."""
    services = [service for service in enabled(mailserver) if names is None or service.name in names]
    checks = [(service.name, one) for service in services for one in (*service.checks, *service.tries(mailserver))]
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda pair: _told(pair[1], mailserver, tree, etc, moment), checks)
    problems: list[Problem] = []
    of_all_files: list[Problem] = []
    for (name, one), (answer, output) in zip(checks, answers, strict=True):
        late = one.late and moment in (Moment.START, Moment.TRIAL)
        accepted = _accepted(one, answer, etc, moment)
        for line, verdict in judged(answer):
            problem = cited(line, tree, str(etc), name, one.where)
            hint = f"{PATCHES} must write it" if late else problem.hint
            mild = late or line in accepted or _is_warning(verdict, strict=moment is Moment.LIVE)
            problems.append(problem._replace(warning=mild, hint=hint))
        (of_all_files if one.merged else problems).extend(one.judge(mailserver, output) if one.judge else ())
    return list(dict.fromkeys([*problems, *_not_told(of_all_files, problems)]))


def _told(one: Check, mailserver: Mailserver, tree: Tree, etc: Path, moment: Moment) -> tuple[Answer, str]:
    """What ``one`` says; nothing if it had nothing to say of the same files before."""
    may_know = moment in (Moment.START, Moment.LIVE)
    name = kept_verdicts.key(one, mailserver, tree, str(etc)) if may_know else ""
    if kept_verdicts.is_kept(name):
        return Answer(one.checker, ()), ""
    answer, output = _answer(one, etc)
    if not judged(answer):
        kept_verdicts.keep(name)
    return answer, output


def _not_told(of_all_files: Iterable[Problem], problems: Iterable[Problem]) -> Iterator[Problem]:
    """What no other check has found; the merged configuration may add to the words, but does not know the line."""
    told = tuple(problem.what for problem in problems)
    return (problem for problem in of_all_files if not problem.what.startswith(told))


def _accepted(one: Check, answer: Answer, etc: Path, moment: Moment) -> list[str]:
    """The doubts in ``answer`` that ``one`` has of the configuration in use too: a change is not refused for them."""
    doubts = [line for line, verdict in judged(answer) if verdict is Verdict.DOUBT]
    if not doubts or moment is not Moment.LIVE:
        return []
    running = {_place_left_out(line, "/etc") for line in _answer(one, Path("/etc"))[0].lines}
    return [line for line in doubts if _place_left_out(line, str(etc)) in running]


def _place_left_out(line: str, etc: str) -> str:
    """``line`` without the path and the number of a line: it compares with what is said elsewhere."""
    return PLACE.sub("", line.replace(etc, "/etc"))


def _answer(check: Check, etc: Path) -> tuple[Answer, str]:
    """What ``check`` says about the configuration below ``etc``; a query that finds nothing has not failed."""

    def ask(folder: str) -> tuple[Answer, str]:
        return _ask(check.checker, [word.format(etc=folder) for word in check.command])

    answer, output = ask(str(etc))
    if answer.code and check.ends_at_first and (etc / check.ends_at_first[-1]).exists():
        every = all_lines(lambda folder: ask(folder)[0].lines, answer.lines, etc, check.ends_at_first)
        answer = replace(answer, lines=tuple(every))
    return (replace(answer, code=0) if check.queries and answer.code == 1 else answer), output


def _ask(checker: str, command: Sequence[str], **environ: str) -> tuple[Answer, str]:
    """What ``command`` writes to stderr, and its output."""
    done = run(command, limit=LIMIT, environ=environ)
    return Answer(checker, lines(checker, done.errors), done.code), done.output


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
