"""Stage, check, apply: a rendered tree becomes what the daemons read, or nothing changes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mailwright import paths
from mailwright.model import Mailserver
from mailwright.problems import ConfigurationError, Problem, errors
from mailwright.render import enabled, render
from mailwright.state import owner_ids
from mailwright.tree import File, Tree

PLACE = re.compile(r"(?P<path>/[^\s:,]+?)(?:,? line |:)(?P<line>\d+)")


def install(mailserver: Mailserver) -> tuple[Tree, list[Problem]]:
    """The configuration of ``mailserver`` is what the daemons read afterwards; what they read, and warnings about it.

    ConfigurationError, and nothing has changed, if one of their own checkers refuses it.
    """
    staged = Path(paths.STAGED)
    problems = trial(mailserver, staged)
    if errors(problems):
        shutil.rmtree(staged, ignore_errors=True)
        raise ConfigurationError(problems)
    tree = render(mailserver)
    apply(tree, staged, Path(paths.RENDERED))
    return tree, problems


def trial(mailserver: Mailserver, folder: Path) -> list[Problem]:
    """What the daemons' checkers say of the configuration, staged in ``folder``."""
    tree = render(mailserver, str(folder))
    return stage(tree, folder) + check(mailserver, tree, folder)


def stage(tree: Tree, etc: Path) -> list[Problem]:
    """``tree`` is below ``etc`` afterwards, and nothing else; its tables are compiled. What the compilers say."""
    shutil.rmtree(etc, ignore_errors=True)
    etc.mkdir(parents=True)
    write(tree, etc)
    return compile_tables(tree, tree.values(), etc)


def compile_tables(tree: Tree, files: Iterable[File], etc: Path) -> list[Problem]:
    """An lmdb table lies beside each of ``files`` that asks for one (postmap(1), postalias(1)). What they say."""
    problems: list[Problem] = []
    for file in files:
        if file.compile:
            said, _ = _run((file.compile, f"lmdb:{etc / file.path}"), MAIL_CONFIG=str(etc / "postfix"))
            problems += [cited(line, tree, str(etc), file.service) for line in said]
    return problems


def check(mailserver: Mailserver, tree: Tree, etc: Path) -> list[Problem]:
    """What the daemons' own checkers say of ``tree`` below ``etc``, with the operator's file as its origin."""
    checks = [(service.name, one) for service in enabled(mailserver) for one in service.checks]
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda pair: _run([word.format(etc=etc) for word in pair[1].command]), checks)
    problems: list[Problem] = []
    for (name, one), (said, printed) in zip(checks, answers, strict=True):
        lines = [line for line in said if not line.startswith(one.quiet or ("\0",))]
        told = [cited(line, tree, str(etc), name) for line in lines]
        problems += [it._replace(warning=any(word in it.what for word in one.mild)) for it in told]
        problems += one.judge(mailserver, printed) if one.judge else ()
    return list(dict.fromkeys(problems))


def recheck(mailserver: Mailserver, etc: Path) -> list[Problem]:
    """What the checkers say of the live configuration after somebody else's edits; edited tables are compiled."""
    tree = render(mailserver)
    running = read(etc, tree)
    edited = [file for path, file in tree.items() if running.get(path) != file.content]
    return compile_tables(tree, edited, etc) + check(mailserver, tree, etc)


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


def read(etc: Path, desired: Iterable[str]) -> dict[str, str]:
    """Path → content of the files below ``etc`` in the folders that the ``desired`` paths lie in."""
    folders = {etc / Path(path).parts[0] for path in desired}
    found = (path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".lmdb")
    return {path.relative_to(etc).as_posix(): path.read_text(encoding="utf-8", errors="replace") for path in found}


def write(tree: Tree, etc: Path, *, owned: bool = True) -> None:
    """Every file of ``tree`` is below ``etc`` afterwards, owner and mode set before its name appears."""
    for folder in {(etc / path).parent for path in tree}:
        folder.mkdir(parents=True, exist_ok=True)
    # Postfix waits, up to two seconds a process, for a main.cf that is younger than that to stop changing.
    written = time.time() - 10
    for file in tree.values():
        path = etc / file.path
        fresh = path.with_name(f".{path.name}.new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as target:
            target.write(file.content)
            if owned:
                os.fchown(target.fileno(), *owner_ids(file.owner))
            os.fchmod(target.fileno(), file.mode)
        os.utime(fresh, (written, written))
        fresh.rename(path)


def apply(tree: Tree, staged: Path, etc: Path) -> None:
    """``tree`` is below ``etc`` afterwards, with the compiled tables of ``staged``; files that left it are gone."""
    write(tree, etc)
    for table in staged.rglob("*.lmdb"):
        table.rename(etc / table.relative_to(staged))
    for path in read(etc, tree):
        if path not in tree:
            (etc / path).unlink()
    shutil.rmtree(staged, ignore_errors=True)
