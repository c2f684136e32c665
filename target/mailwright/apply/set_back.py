"""What a clock that was set back asks for: Dovecot and Postfix start again, and mail that waits is tried."""

from __future__ import annotations

import time

from mailwright.apply.reload import restart
from mailwright.host.commands import run
from mailwright.host.log import Log
from mailwright.host.supervisor import supervisor

PROGRAMS = ("dovecot", "postfix")  # in the order of their start
PATIENCE, PAUSE = 30.0, 0.5  # seconds until Postfix runs, and between two looks


def take_up(seconds: float, log: Log) -> None:
    """Both serve again afterwards, those of them that ran, and mail that waits is being tried; ``log`` says so.

    At such a jump Dovecot's processes end, and its master starts none for three minutes ("Time moved backwards"). Mail
    that was put off before has a time in the future, at which Postfix would try it again; its queue manager goes on
    with the old time ("backward time jump detected -- slewing clock").
    """
    running = {info["name"] for info in supervisor().getAllProcessInfo() if info["statename"] == "RUNNING"}
    names = [name for name in PROGRAMS if name in running]
    restart(*names)
    log.say("warn", f"the clock was set back by {seconds:.0f} s: restarted {' and '.join(names) or 'nothing'}")
    deadline = time.monotonic() + PATIENCE
    while "postfix" in names and not (done := run(("postqueue", "-f"))):
        if time.monotonic() > deadline:
            log.say("error", f"mail that was put off was not tried at once: {done.reason}")
            return
        time.sleep(PAUSE)
