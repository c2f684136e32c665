"""A World without a server: patterns as Python reads them, and answers that a test gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailwright.core.tree import Tree
from mailwright.services.postfix import POSTFIX
from mailwright.trace.configuration import Configuration
from mailwright.trace.mail import Mail, Trace
from mailwright.trace.traced import traced
from mailwright.trace.world import UnansweredError
from tests.unit.operator import HASH, deployment

RULE = re.compile(r"(?:if )?(?P<not>!?)/(?P<pattern>.*)/(?P<flags>\w*)(?:\s+(?P<result>\S.*))?")


@dataclass
class Given:
    """What the test says of the running server."""

    tables: Mapping[tuple[str, str], str] = field(default_factory=dict)
    action: str = "DUNNO"
    jails: tuple[str, ...] = ()
    script: str = ""
    down: bool = False

    def look_up(self, table: str, key: str) -> str | None:
        self._answer(table)
        return self.tables.get((table, key))

    def match(self, patterns: str, key: str) -> str | None:
        """pcre_table(5) without what only PCRE knows; an "if" that does not match skips to its endif."""
        skipped = 0
        for line in patterns.splitlines():
            if skipped or line == "endif":
                skipped += (line.startswith("if ") - (line == "endif")) if skipped else 0
            elif rule := RULE.fullmatch(line):
                found = re.search(rule["pattern"].replace(r"[^][", r"[^\]["), key, re.IGNORECASE)
                hit = bool(found) != bool(rule["not"])
                skipped = int(line.startswith("if ") and not hit)
                if hit and rule["result"]:
                    return filled(rule["result"], found)
        return None

    def policy(self, _address: str, _recipient: str, _size: int) -> str:
        self._answer("Dovecot")
        return self.action

    def usage(self, _account: str) -> tuple[int, int] | None:
        return None if self.down else (1000, 5 << 30)

    def active_script(self, _account: str) -> str:
        self._answer("the mailbox")
        return self.script

    def bans(self, _client: str) -> list[str]:
        self._answer("fail2ban")
        return list(self.jails)

    def mx(self, domain: str) -> list[str]:
        self._answer("the resolver")
        return [f"mx.{domain}"]

    def _answer(self, who: str) -> None:
        if self.down:
            raise UnansweredError(f"{who} does not answer")


def filled(result: str, found: re.Match[str] | None) -> str:
    return re.sub(r"\$\{?(\d)\}?", lambda name: found[int(name[1])] if found else "", result)


def accounts(*addresses: str) -> str:
    return "".join(f"{address}|{HASH}\n" for address in addresses)


def configuration(config: Mapping[str, str], world: Given | None = None, /, **environ: str) -> Configuration:
    made = deployment(config, **environ)
    origin = made.reading.variables.origin
    tree = Tree.of(POSTFIX.files(made.mailserver, "/etc"))
    return Configuration(tree, made.mailserver, world or Given(), origin)


def trace(config: Mapping[str, str], mail: Mail, world: Given | None = None, /, **environ: str) -> Trace:
    return traced(configuration(config, world, **environ), mail)
