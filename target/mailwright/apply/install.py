"""Stage, check, apply: a rendered tree becomes what the daemons read, or nothing changes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mailwright.apply import sieve_folder
from mailwright.apply.checks import Moment, check, compile_tables
from mailwright.apply.file_changes import FileChange, file_changes
from mailwright.apply.generations import Difference, Generation, Generations, write
from mailwright.core import paths
from mailwright.core.problems import ConfigurationError, Problem, errors
from mailwright.core.tree import Effect, File, Tree
from mailwright.host import mail_crypt_keys
from mailwright.host.state import settle_programs
from mailwright.model.mailserver import Mailserver
from mailwright.model.patches import PATCHES
from mailwright.render.supervisord import SUPERVISORD
from mailwright.render.tree import render
from mailwright.services import SERVICES

COMPARED = (SUPERVISORD, *(path for service in SERVICES for path in service.reload.paths))
NO_PLUGIN = "not found from directory"  # as sievec(1) says it of a plugin of Dovecot


@dataclass(frozen=True, slots=True)
class Applied:
    """A new generation in use, and how it differs from the one before.

    ``before`` is the number of that one (0: none), ``texts`` has some of its files.
    """

    generation: Generation
    difference: Difference
    warnings: tuple[Problem, ...]
    before: int = 0
    texts: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[FileChange, ...] = ()

    @property
    def number(self) -> int:
        """The number of the generation in use."""
        return self.generation.number


def install(mailserver: Mailserver, generations: Generations) -> Applied:
    """The configuration of ``mailserver`` is in place afterwards; the daemons are not asked to read it yet.

    ConfigurationError, and nothing has changed, if a daemon's own checker refuses it.
    """
    tree = render(mailserver)
    live = generations.live()
    difference = (live or Generation(generations.home)).difference(tree)
    warnings = [_waits(file.path) for file in difference.kept]
    if live and not difference:
        _judged(mailserver, difference, Moment.LIVE)
        generations.clear(live)
        settle_programs(mailserver.sieve.programs)
        return Applied(live, difference, tuple(warnings), live.number)
    moment = Moment.LIVE if live else Moment.START
    warnings += _judged(mailserver, difference, moment)
    new = generations.write(tree, difference, live)
    problems = compile_tables(tree, _compiled(tree, difference), new.folder, moment)
    if errors(problems):
        generations.clear(live)
        raise ConfigurationError(problems)
    texts = {path: live.text(path) for path in COMPARED} if live else {}
    changes = file_changes(difference, live.text, live.rendered) if live else ()
    settle_programs(mailserver.sieve.programs)
    mail_crypt_keys.remember(mailserver.mail_crypt)
    generations.swap(new)
    generations.clear(new)
    return Applied(new, difference, (*warnings, *problems), live.number if live else 0, texts, changes)


def _compiled(tree: Tree, difference: Difference) -> list[File]:
    """The files that are compiled: the changed ones, and all Sieve scripts if one of them changes."""
    together = sieve_folder.changes([*difference.gone, *(file.path for file in difference.changed)])
    scripts = [file for path, file in tree.items() if together and sieve_folder.is_script(path)]
    return [*(file for file in difference.changed if not sieve_folder.is_script(file.path)), *scripts]


def _waits(path: str) -> Problem:
    return Problem(PATCHES, f"has edited {path}, so its change takes effect at the next start", "", True)


def _judged(mailserver: Mailserver, difference: Difference, moment: Moment) -> list[Problem]:
    """What the checkers of the services whose configuration changes say; ConfigurationError if one refuses."""
    names = {
        name
        for file in (*difference.changed, *difference.kept)
        if file.effect is not Effect.NOTHING
        for name in file.readers or (file.service,)
    }
    if not names:
        return []
    staged = Path(paths.STAGED)
    tree = render(mailserver, str(staged))
    try:
        stage(tree.without(Effect.NOTHING), staged)
        problems = check(mailserver, tree, staged, names, moment)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    if errors(problems):
        raise ConfigurationError(problems)
    return problems


def trial(mailserver: Mailserver, folder: Path) -> list[Problem]:
    """What the daemons' checkers and compilers say about the configuration, staged in ``folder``."""
    tree = render(mailserver, str(folder))
    stage(tree, folder)
    return _together(compile_tables(tree, tree.values(), folder), check(mailserver, tree, folder))


def stage(tree: Tree, etc: Path) -> None:
    """``tree`` is below ``etc`` afterwards, and nothing else."""
    shutil.rmtree(etc, ignore_errors=True)
    write(tuple(tree.values()), etc)


def recheck(mailserver: Mailserver, etc: Path) -> list[Problem]:
    """What the checkers say about the live configuration after user-patches.sh; edited tables are compiled."""
    tree = render(mailserver)
    running = read(etc, tree)
    edited = [file for path, file in tree.items() if running.get(path) != file.content]
    return _together(compile_tables(tree, edited, etc), check(mailserver, tree, etc, moment=Moment.PATCHED))


def _together(compiled: list[Problem], checked: list[Problem]) -> list[Problem]:
    """Both, each mistake once: sievec reads Dovecot's configuration too, and loads its plugins, for each script."""
    found = errors(checked)
    known = {problem.where for problem in found if ":" in problem.where}
    named = [problem for problem in dict.fromkeys(compiled) if problem.where not in known]
    return checked + [problem for problem in named if not (found and NO_PLUGIN in problem.what)]


def _walk(top: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """As os.walk, also of a ``top`` that is a file. Sieve scripts have a folder elsewhere."""
    return iter([(str(top.parent), [], [top.name])]) if top.is_file() else os.walk(top, followlinks=True)


def read(etc: Path, desired: Iterable[str]) -> dict[str, str]:
    """Path → content of the files below ``etc`` in the folders that the ``desired`` paths lie in."""
    tops = {etc / Path(path).parts[0] for path in desired}
    files = (
        Path(where, name)
        for top in tops
        for where, _, names in _walk(top)
        for name in names
        if Path(name).suffix not in (".lmdb", ".svbin") and Path(where, name).is_file()
    )
    return {path.relative_to(etc).as_posix(): path.read_text(encoding="utf-8", errors="replace") for path in files}
