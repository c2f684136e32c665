"""Runs inside the image: applies a change again and again, killed before each of its steps, and looks what is left.

Steps are what the process does to the file system below /run/mailwright, seen by Python's audit events. Prints
``STEPS`` and one line for each state that is neither the old nor the new configuration.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mailwright.apply.generations import Generations
from mailwright.apply.install import install
from mailwright.core import paths
from mailwright.host import generated_secrets, read
from mailwright.model.building import build
from mailwright.model.mailserver import Mailserver
from mailwright.model.reading import Reading
from mailwright.model.sources import Sources

EVENTS = ("open", "os.rename", "os.remove", "os.link", "os.symlink", "os.mkdir", "os.rmdir", "shutil.rmtree")
WRITES = os.O_WRONLY | os.O_RDWR
HASH = "{SHA512-CRYPT}$6$x$y"
OLD = {
    "postfix-accounts.cf": f"a@example.test|{HASH}\nb@example.test|{HASH}\n",
    "postfix-main.cf": "smtpd_timeout = 1s\n",
}
NEW = {
    "postfix-accounts.cf": f"a@example.test|{HASH}\nc@example.test|{HASH}\n",
    "postfix-main.cf": "smtpd_timeout = 2s\n",
    "postfix-virtual.cf": "x@example.test c@example.test\n",
    "dovecot.cf": "mail_max_userip_connections = 9\n",
}


def mailserver(config: dict[str, str]) -> Mailserver:
    base = Sources({"ENABLE_RSPAMD": "0"}, fqdn="mail.example.test", templates=read.read_templates(Path("/none")))
    sources = replace(base, config={name: text.encode() for name, text in config.items()})
    return build(generated_secrets.with_made_up(Reading.of(sources)))


def counted(limit: int) -> Callable[[str, tuple[object, ...]], None]:
    """An audit hook that kills the process at its step number ``limit``."""
    steps = 0

    def hook(event: str, args: tuple[object, ...]) -> None:
        nonlocal steps
        places = [str(it) for it in args]
        if event not in EVENTS or not any(it.startswith((paths.GENERATIONS, paths.RENDERED)) for it in places):
            return
        if event == "open" and not int(str(args[2] or 0)) & WRITES:
            return
        steps += 1
        if steps == limit:
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


def apply(wanted: Mailserver, limit: int = 0) -> bool:
    """Applies in a process of its own; whether it came to its end."""
    child = os.fork()
    if not child:
        if limit:
            sys.addaudithook(counted(limit))
        install(wanted, Generations())
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def seen(*, tables: bool = True) -> dict[str, str]:
    """Everything that daemons read; of a compiled table, what it answers."""
    etc, found = Path(paths.RENDERED), {}
    for path in sorted(Path(where, name) for where, _, names in os.walk(etc, followlinks=True) for name in names):
        if path.suffix == ".lmdb" and tables:
            said = subprocess.run(
                ["postmap", "-s", f"lmdb:{path.with_suffix('')}"], capture_output=True, text=True, check=False
            )
            found[path.name] = "\n".join(sorted(said.stdout.splitlines())) + said.stderr
        elif path.suffix not in (".lmdb", ".svbin") and not path.name.startswith("."):
            found[str(path.relative_to(etc))] = path.read_text()
    return found


def main() -> None:
    Path(paths.RUN).mkdir(parents=True, exist_ok=True)
    old, new = mailserver(OLD), mailserver(NEW)
    new = replace(new, certificates=old.certificates)
    apply(new)
    after, texts = seen(), seen(tables=False)
    apply(old)
    before, step, finished = seen(), 0, False
    while not finished:
        step += 1
        finished = apply(new, step)
        left = seen()
        if left not in (before, after):
            print(f"killed before step {step}: neither the old nor the new configuration")
        if not apply(new) or seen(tables=False) != texts:
            print(f"killed before step {step}: the next pass does not mend it")
        if not apply(old):
            sys.exit("the old configuration can't be applied any more")
    print("STEPS", step - 1)


if __name__ == "__main__":
    main()
