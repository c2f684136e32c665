"""Caller: starts the program that speaks with the CA, as a user who may do nothing else, and takes its answer."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mailwright.core import paths
from mailwright.host import files
from mailwright.host.commands import run_as
from mailwright.host.read import read_file
from mailwright.host.state import owner_ids
from mailwright.issuance.plan import Plan
from mailwright.issuance.request import OURS, Answer, Failure, Request, Wanted
from mailwright.model.acme import HOOK

USER = "_acme"
COMMAND = (sys.executable, "-m", "mailwright.programs.acme_client")
LIMIT = 900.0  # seconds: the CA's checks, and the operator's script for each name
CONFIG = Path(paths.CONFIG)


def request(plan: Plan, wanted: tuple[Wanted, ...], *, orders_now: bool, directory: str = "") -> Request:
    """What is asked of the CA of ``plan``, or of another one at ``directory``."""
    return Request(
        hostname=plan.hostname,
        directory=directory or plan.directory,
        challenge=plan.challenge,
        wanted=wanted,
        orders_now=orders_now,
        email=plan.email,
        authorities=plan.authorities,
        eab_kid=plan.eab_kid,
        eab_hmac_key=plan.eab_hmac_key,
    )


def ask(asked: Request) -> Answer:
    """The answer to ``asked``."""
    if asked.challenge == "dns-01":
        settle_hook(Path(asked.hook))
    done = run_as(USER, COMMAND, asked.text(), LIMIT)
    try:
        if done:
            return Answer.read(done.output, asked.wanted)
        last = done.errors.strip().rpartition("\n")[2]
    except ValueError:
        last = "its answer is none"
    return Answer(failure=Failure(OURS, f"the program that asks the CA failed: {last[:200] or done.code}"))


def settle_hook(place: Path) -> None:
    """The operator's script is at ``place``, where USER can start it: the config folder may be for root only."""
    content = read_file(CONFIG / HOOK)
    if isinstance(content, bytes) and read_file(place) != content:
        files.write(place, content, 0o550, (os.geteuid(), owner_ids(f"{USER}:{USER}")[1]))
