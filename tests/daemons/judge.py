"""Runs inside the image: puts each golden tree where the daemons look, and prints what their own tools say, as JSON.

``python3 judge.py /scenarios`` → ``{scenario: {"findings": [line…], "rows": {table: text}, "programs": […], …}}``
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from supervisor.options import ServerOptions

from mailwright.core import paths
from mailwright.services import SERVICES
from mailwright.services.verdicts import Answer, judged, lines

ETC = Path(paths.RENDERED)  # /etc/postfix and the like lead here
# A start makes them before the checks; nginx's would miss its own, and those of the sockets between nodes.
FOLDERS = (
    "/run/nginx",
    "/run/rspamd",
    "/run/rspamd-msa",
    "/run/rspamd-controller",
    "/var/mail-state/spool-postfix/public",
)
TABLES = {
    "domains": "postmap",
    "mailboxes": "postmap",
    "virtual": "postmap",
    "senders": "postmap",
    "aliases": "postalias",
}
OPTIONAL = ("relay_senders", "send_access", "receive_access", "relay-*-logins")


class Court:
    """One tree in place, and everything that was said about it."""

    def __init__(self, tree: Path) -> None:
        shutil.rmtree(ETC)
        shutil.copytree(tree, ETC)
        for folder in FOLDERS:
            Path(folder).mkdir(parents=True, exist_ok=True)
        self.findings: list[str] = []

    def run(self, *command: str, text: str | None = None, checker: str = "") -> str:
        """What ``command`` prints; any word on stderr is a finding."""
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        name = checker or command[0]
        code = 0 if name == "postmap" else done.returncode
        self.findings += [line for line, _ in judged(Answer(name, lines(name, done.stderr), code))]
        return done.stdout

    def checks(self) -> None:
        """Each service's own checks of the configuration in its place."""
        for service in SERVICES:
            for check in service.checks if any((ETC / name).exists() for name in service.etc) else ():
                self.run(*(word.format(etc="/etc") for word in check.command), checker=check.checker)

    def supervisor(self) -> list[str]:
        """The programs, in the order of their start, as supervisord itself reads them."""
        options = ServerOptions()
        options.realize(["-c", "/etc/supervisor/supervisord.conf"])
        return [group.name for group in sorted(options.process_group_configs, key=lambda group: group.priority)]

    def rows(self) -> dict[str, str]:
        """What each table answers for each of its own keys."""
        answers = {}
        more = [path.name for pattern in OPTIONAL for path in (ETC / "postfix").glob(pattern)]
        tables = TABLES | dict.fromkeys(more, "postmap")
        # A directory or database stands for some of them.
        for name in [name for name in tables if (ETC / "postfix" / name).exists()]:
            compiler = tables[name]
            self.run(compiler, f"lmdb:/etc/postfix/{name}")
            lines = (ETC / "postfix" / name).read_text().splitlines()
            keys = "".join(f"{line.split()[0].rstrip(':')}\n" for line in lines if line and not line[0].isspace())
            answers[name] = self.run("postmap", "-q", "-", f"lmdb:/etc/postfix/{name}", text=keys)
        if (ETC / "postfix" / "regexp").exists():
            self.run("postmap", "-q", "nobody@nowhere.example", "pcre:/etc/postfix/regexp")
        for name in ("sender_header_filter", "srs_senders", "srs_bounces"):
            if (ETC / "postfix" / name).exists():
                self.run("postmap", "-hmq", "-", f"pcre:/etc/postfix/{name}", text="Subject: x\n\nx\n")
        return answers


def stripped(text: str) -> list[str]:
    """What a tool printed, line by line without its indenting."""
    return [line.strip() for line in text.splitlines()]


def verdict(tree: Path) -> dict[str, Any]:
    """What is said about one tree."""
    court = Court(tree)
    court.checks()
    return {
        "rows": court.rows(),
        "programs": court.supervisor(),
        "postconf": stripped(court.run("postconf", "-x")) if (ETC / "postfix").is_dir() else [],
        "doveconf": stripped(court.run("doveconf", "-n")) if (ETC / "dovecot").is_dir() else [],
        "findings": court.findings,
    }


if __name__ == "__main__":
    trees = sorted(Path(sys.argv[1]).glob("*/out/etc"))
    json.dump({tree.parents[1].name: verdict(tree) for tree in trees}, sys.stdout)
