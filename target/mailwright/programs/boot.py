"""boot: the walk through every door, then supervisord in this process's place."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

from mailwright.apply import install
from mailwright.apply.converge import remember, settled_reading
from mailwright.apply.generations import Generations
from mailwright.apply.install import PATCHES
from mailwright.core import paths
from mailwright.core.problems import ConfigurationError, Exit, Problem, counted, errors
from mailwright.host.log import Log
from mailwright.host.read import Places
from mailwright.model.mailserver import Mailserver, build
from mailwright.render.tree import enabled

SUPERVISORD = (sys.executable, "-m", "mailwright.programs.supervisord", "-c", "/etc/supervisor/supervisord.conf")
# The daemons need no more of the container's environment, which may hold passwords.
KEPT_VARIABLES = ("PATH", "HOSTNAME", "HOME", "LANG", "TZ")


def boot() -> Exit:
    """Runs the mail server; comes back only when the start is refused."""
    gc.disable()  # a short life; with many accounts the collector would cost a third of it
    log = Log()
    clear()
    try:
        mailserver = prepared(Places(), log)
    except ConfigurationError as error:
        log.problems(error.problems)
        log.say("error", f"{counted(errors(error.problems))}; the mail server does not start")
        return Exit.CONFIGURATION
    log.say("info", _summary(mailserver))
    become_supervisord(mailserver.settings.tz)


def prepared(places: Places, log: Log) -> Mailserver:
    """The Mailserver whose configuration is checked and in place; ConfigurationError when it can't be."""
    reading, watched = settled_reading(places, os.environ)
    mailserver = build(reading)
    log.level = mailserver.settings.log_level
    log.problems(mailserver.warnings)
    if mailserver.settings.own_certificate:
        fingerprint = mailserver.certificates[0].fingerprint
        log.say("warn", f"SSL_TYPE is not set: clients see a self-signed certificate, SHA-256 {fingerprint}")
    applied = install.install(mailserver, Generations())
    log.problems(applied.warnings)
    log.say("debug", f"rendered {', '.join(applied.generation.rendered)}")
    remember(watched, mailserver, applied, [*mailserver.warnings, *applied.warnings])
    patch(places.config / PATCHES, mailserver, log)
    return mailserver


def become_supervisord(timezone: str) -> NoReturn:
    """Supervisord takes this process's place, with as little of its environment as the daemons need."""
    environ = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    os.execve(SUPERVISORD[0], SUPERVISORD, environ | ({"TZ": timezone} if timezone else {}))  # noqa: S606


def clear() -> None:
    """Nothing is left of an earlier run of this container, and the log's stream leads to standard output."""
    for folder in (paths.RUN, paths.DOVECOT_RUN):
        shutil.rmtree(folder, ignore_errors=True)
    Path(paths.RUN).mkdir(parents=True)
    # supervisord takes over this process's number, and with it its standard output.
    Path(paths.STREAM).symlink_to(f"/proc/{os.getpid()}/fd/1")


def patch(script: Path, mailserver: Mailserver, log: Log) -> None:
    """The operator's script has had its way with the configuration; ConfigurationError if it failed or broke it."""
    if not script.is_file():
        return
    log.say("info", f"runs {PATCHES}")
    done = subprocess.run(["/bin/bash", str(script)], cwd="/", stdin=subprocess.DEVNULL, check=False)  # noqa: S603
    if done.returncode:
        raise ConfigurationError([Problem(PATCHES, f"ended with exit code {done.returncode}")])
    made_old(Path(paths.RENDERED))
    problems = install.recheck(mailserver, Path("/etc"))
    if errors(problems):
        raise ConfigurationError([it._replace(where=PATCHES, what=f"left {it.where}: {it.what}") for it in problems])


def made_old(etc: Path) -> None:
    """No file below ``etc`` is so young that Postfix would wait for it, two seconds a program."""
    long_ago = time.time() - 10
    for path in etc.rglob("*"):
        if path.is_file() and path.stat().st_mtime > long_ago:
            os.utime(path, (long_ago, long_ago))


def _summary(mailserver: Mailserver) -> str:
    names = ", ".join(service.name for service in enabled(mailserver))
    directory = mailserver.directory
    mailboxes, aliases, domains = len(directory.accounts), len(directory.aliases), len(directory.domains)
    return f"{mailserver.hostname}: {mailboxes} accounts, {aliases} aliases, {domains} domains; starting {names}"
