"""boot: read, build, render, check and apply. programs/start.py then is supervisord."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import stat
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from mailwright.apply import install, report
from mailwright.apply.converge import remember, settled_reading
from mailwright.apply.generations import Generations
from mailwright.apply.patched_networks import keep_claims_out, keep_gateways_out
from mailwright.core import paths
from mailwright.core.problems import ConfigurationError, Exit, Problem, counted, errors
from mailwright.core.values import amount
from mailwright.host import failures, health_account, limits, lock, machine, mailboxes, sieve_copies
from mailwright.host.commands import run_beside, run_visibly
from mailwright.host.left_behind import left_behind
from mailwright.host.log import Log
from mailwright.host.read import Places
from mailwright.model.building import build
from mailwright.model.issued import are_issued
from mailwright.model.limits import too_small
from mailwright.model.mailserver import Mailserver
from mailwright.model.mounts import is_ours
from mailwright.model.patches import FOLDERS, PATCHES
from mailwright.model.privileges import lacking
from mailwright.render.tree import enabled

READY = ("/usr/bin/nice", "-n", "19", sys.executable, "-m", "mailwright.programs.ready")  # a start does not wait for it
# Runs a command whose lines, and those of what it leaves in the background, become lines of JSON.
AS_JSON = ("/bin/bash", "-c", f'"$@" > >({sys.executable} -m mailwright.programs.json_lines {PATCHES}) 2>&1', "bash")
PATCH_COMMANDS = f"{paths.IMAGE}/patches"  # commands that say what they can't do during user-patches.sh
# Folders of docker-mailserver's image behind links, which scripts expect.
RENDERED_FOLDERS = ("/etc/rspamd/local.d", "/etc/rspamd/override.d", "/etc/fail2ban/jail.d", "/etc/postfix/sasl")
# Kubernetes mounts folders in which every user may replace what another one has made. These are the image's modes.
MODES = {Path("/run"): 0o755, Path("/tmp"): 0o1777}  # noqa: S108
# The daemons need only these variables. The container's environment may hold passwords.
KEPT_VARIABLES = ("PATH", "HOSTNAME", "HOME", "LANG", "TZ")


def boot(supervisord: socket.socket) -> Exit:
    """Everything is ready for ``supervisord``, the other end of this socket, which then has the lock on the state.

    It hears nothing when the start is refused.
    """
    gc.disable()  # this process is short-lived; with many accounts the collector would take a third of its time
    log = Log()
    log.as_json = os.environ.get("LOG_FORMAT") == "json"  # until mailserver.env is read
    holds_state = False  # the state: another container's history has none of this
    try:
        held = may_start(log)
        holds_state = True
        clear()
        mailserver = prepared(Places(), log)
    except ConfigurationError as error:
        return refused(error.problems, log, holds_state=holds_state)
    except Exception as error:  # noqa: BLE001  the door: nothing else would catch it
        return refused([failures.problem(error)], log, holds_state=holds_state)
    log.say("info", _summary(mailserver))
    limits.use_descriptors()
    if log.level not in ("error", "warn"):
        announce(mailserver)
    hand_over(supervisord, mailserver.settings.tz, held)
    return Exit.OK


def may_start(log: Log) -> int | None:
    """The open file that locks the state, if there are locks. ConfigurationError or OSError if rights are missing."""
    if problems := lacking(os.geteuid(), machine.capabilities()):
        raise ConfigurationError(problems)
    handle, warning = lock.hold()
    log.problems([warning] if warning else [])
    return handle


def refused(problems: Sequence[Problem], log: Log, *, holds_state: bool) -> Exit:
    """The exit code of a start that ``problems`` prevent; the log and the history of our state have them."""
    log.problems(problems)
    if holds_state:
        report.start_refused(problems)
    log.say("error", f"{counted(errors(problems))}; the mail server does not start")
    return Exit.CONFIGURATION


def prepared(places: Places, log: Log) -> Mailserver:
    """The Mailserver, its configuration checked and in place; ConfigurationError when it is refused."""
    reading, watched = settled_reading(places, os.environ, log)
    mailserver = build(reading)
    for command in filter(None, (service.early for service in enabled(mailserver))):
        run_beside(command)
    log.level = mailserver.settings.log_level
    log.problems(mailserver.warnings)
    log.problems(too_small_for(mailserver))
    settle_volumes(mailserver, log)
    log.problems(sieve_copies.settle(mailserver.sieve.accounts))
    if not are_issued(mailserver.certificates):
        why = "the CA has issued no certificate yet" if mailserver.settings.has_acme else "SSL_TYPE is not set"
        fingerprint = mailserver.certificates[0].fingerprint
        log.say("warn", f"{why}: clients see a self-signed certificate, SHA-256 {fingerprint}")
    health_account.settle(mailserver.mail_owner)
    applied = install.install(mailserver, Generations())
    log.problems(applied.warnings)
    log.say("debug", f"rendered {', '.join(applied.generation.rendered)}")
    remember(watched, mailserver, applied, [*mailserver.warnings, *applied.warnings])
    patch(places.config / PATCHES, mailserver, applied.warnings, log)
    report.started([service.name for service in enabled(mailserver)], applied.number)
    return mailserver


def settle_volumes(mailserver: Mailserver, log: Log) -> None:
    """Mail on the volumes is this node's to serve, and belongs to whoever delivers it."""
    role = mailserver.role
    left = list(left_behind(mailserver.settings.role, mta=role.mta, mailboxes=role.mailboxes))
    if errors(left):
        raise ConfigurationError(left)
    log.problems(left)
    if role.mailboxes:
        log.problems(mailboxes.settle(mailserver.mail_owner))


def too_small_for(mailserver: Mailserver) -> list[Problem]:
    """Each limit of this container that is too small for the services of ``mailserver``."""
    services = enabled(mailserver)
    memory = {service.name: service.memory for service in services}
    processes = {service.name: service.processes(mailserver) for service in services}
    return too_small(limits.limits(), memory, processes)


def announce(mailserver: Mailserver) -> None:
    """A process that is not supervisord's child says when the server is up. It gets no secret of the environment."""
    environ = (f"{name}={text}" for name, text in _kept(mailserver.settings.tz).items())
    background = ("/bin/sh", "-c", '"$@" </dev/null &', "sh")
    run_visibly(("/usr/bin/env", "-i", *environ, *background, *READY, mailserver.hostname))


def hand_over(supervisord: socket.socket, timezone: str, held: int | None) -> None:
    """Supervisord has the lock, and only as much of the environment as the daemons need."""
    variables = "\0".join(f"{name}={text}" for name, text in _kept(timezone).items())
    socket.send_fds(supervisord, [os.fsencode(variables)], [] if held is None else [held])


def _kept(timezone: str) -> dict[str, str]:
    """The part of the environment that the daemons get."""
    environ = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return environ | ({"TZ": timezone} if timezone else {})


def close(modes: Mapping[Path, int]) -> None:
    """In none of these folders may a user replace what another one has made."""
    for path, mode in modes.items():
        present = path.stat().st_mode
        if present & stat.S_IWOTH and not present & stat.S_ISVTX:
            path.chmod(mode)


def clear() -> None:
    """Nothing is left of an earlier run of this container, and the log's stream leads to standard output.

    What is mounted from the host stays as it is: the start is refused with its name.
    """
    close(MODES)
    mounted = [Path(mount.point) for mount in machine.mounts() if is_ours(mount)]
    for folder in (paths.RUN, paths.DOVECOT_RUN):
        empty(Path(folder), mounted)
    Path(paths.RUN).mkdir(parents=True, exist_ok=True)
    # This process was started by the one that will be supervisord.
    Path(paths.STREAM).symlink_to(f"/proc/{os.getppid()}/fd/1")


def empty(path: Path, mounted: Collection[Path]) -> None:
    """Nothing is left at ``path`` but what is ``mounted`` there or below, untouched."""
    if path in mounted:
        return
    if any(path in point.parents for point in mounted) and not path.is_symlink():
        for child in path.iterdir():
            empty(child, mounted)
    elif path.is_symlink() or path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def patch(script: Path, mailserver: Mailserver, known: Collection[Problem], log: Log) -> None:
    """Runs user-patches.sh and checks the result; ConfigurationError if it broke the configuration.

    The log has the warnings that were not ``known`` before.
    As in docker-mailserver its exit code, which is that of its last command, does not stop the start.
    """
    if not script.is_file():
        return
    log.say("info", f"running {PATCHES}")
    for folder in (*FOLDERS, *RENDERED_FOLDERS):
        with suppress(OSError):  # the root file system may be read-only
            Path(folder).mkdir(parents=True, exist_ok=True)
    command = (*(AS_JSON if mailserver.settings.log_format == "json" else ()), "/bin/bash", str(script))
    code = run_visibly(command, environ={"PATH": f"{PATCH_COMMANDS}:{os.environ['PATH']}"})
    if code:
        what = f"ended with exit code {code}; the start goes on with what it has changed"
        log.problems([Problem(PATCHES, what, "see its messages above", True)])
    log.problems([*keep_gateways_out(mailserver.gateways), *keep_claims_out()])
    made_old(Path(paths.RENDERED))
    problems = [_left_by_patches(each) for each in install.recheck(mailserver, Path("/etc")) if each not in known]
    if errors(problems):
        raise ConfigurationError(problems)
    log.problems(problems)


def _left_by_patches(problem: Problem) -> Problem:
    return problem._replace(where=PATCHES, what=f"left {problem.where}: {problem.what}")


def made_old(etc: Path) -> None:
    """No file below ``etc`` is so young that Postfix would wait for it, two seconds a program."""
    long_ago = time.time() - 10
    for path in etc.rglob("*"):
        if path.is_file() and path.stat().st_mtime > long_ago:
            os.utime(path, (long_ago, long_ago))


def _summary(mailserver: Mailserver) -> str:
    names = ", ".join(service.name for service in enabled(mailserver))
    directory, provisioner = mailserver.directory, mailserver.provisioner
    if not provisioner.can_list:
        return f"{mailserver.hostname}: accounts are in {provisioner.place}; starting {names}"
    written = len({alias.where for alias in directory.aliases})  # an alias for a domain may stand for many
    counts = (
        amount(len(directory.accounts), "account"),
        amount(written, "alias", "aliases"),
        amount(len(directory.domains), "domain"),
    )
    return f"{mailserver.hostname}: {', '.join(counts)}; starting {names}"
