"""Runs inside the image: gives each daemon's checker something broken, and prints what it says, as JSON.

``python3 broken.py`` reads ``[[checker, file, text], …]`` and prints ``[[[line…], exit code], …]``. The text is added
to the file below /etc; for a table the file is its type.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp

from mailwright.core import paths
from mailwright.services import SERVICES
from mailwright.services.verdicts import lines

TESTED = "fail2ban-client"
ALONE = 'server:\n chroot: ""\n username: ""\n directory: "/tmp"\n pidfile: ""\n'
JAIL = "[postfix]\nenabled = true\nlogpath = /etc/passwd\nbackend = auto\n"


def command(checker: str, file: str, etc: Path) -> list[str]:
    """How the service calls its checker."""
    if checker == TESTED:
        return ["/usr/lib/mailwright/fail2ban-check", f"{etc}/fail2ban"]
    if checker == "postmap":
        compiled = ["postmap", f"lmdb:{etc}/{file}"]
        return compiled if file.endswith("table") else ["postmap", "-q", "192.0.2.1", f"{file}:{etc}/{file}"]
    if checker == "postalias":
        return ["postalias", f"lmdb:{etc}/{file}"]
    if checker == "sievec":
        return ["sievec", "-c", "/etc/dovecot/sievec.conf", f"{etc}/{file}"]
    flag = "-M" if file.endswith("master.cf") else ""
    # Two services are nginx.
    services = [service for service in SERVICES if file.startswith(service.etc)] or SERVICES
    checks = [check for service in services for check in service.checks if check.checker == checker]
    check = next((check for check in checks if flag in check.command), checks[0])
    return [word.format(etc=etc) for word in check.command]


def said(example: list[str]) -> tuple[tuple[str, ...], int]:
    """What the checker of ``example`` says, and its exit code."""
    checker, file, text = example
    etc = Path(mkdtemp()) / "etc"
    shutil.copytree(paths.RENDERED, etc)
    for folder in (
        "fail2ban/jail.d",
        "fail2ban/fail2ban.d",
        "fail2ban/action.d",
        "unbound",
        "fetchmail",
        "getmail",
        "nginx",
    ):
        (etc / folder).mkdir(parents=True, exist_ok=True)
    (etc / "fail2ban/jail.d/a.local").write_text(JAIL)
    (etc / "unbound/unbound.conf").write_text(ALONE)
    if text:
        with (etc / file).open("a") as out:
            out.write(f"{text}\n")
    done = subprocess.run(command(checker, file, etc), capture_output=True, text=True, errors="replace", check=False)
    return lines(checker, done.stderr.replace(str(etc), "/etc")), done.returncode


if __name__ == "__main__":
    with ThreadPoolExecutor(4) as pool:
        json.dump(list(pool.map(said, json.load(sys.stdin))), sys.stdout)
