"""The config folder as text files; what can't be read there, and what nobody reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from mailwright.core.memo import remembered_by
from mailwright.core.problems import Problem, did_you_mean
from mailwright.core.textfile import TextFile, decode
from mailwright.model.sources import Content, Unreadable

T = TypeVar("T")
Parser = Callable[[TextFile], tuple[T, list[Problem]]]

READ = (
    "dovecot-quotas.cf dovecot-masters.cf before.dovecot.sieve after.dovecot.sieve sieve-pipe sieve-filter "
    "mailserver.env postfix-accounts.cf postfix-virtual.cf postfix-regexp.cf postfix-aliases.cf "
    "postfix-relaymap.cf postfix-sasl-password.cf postfix-send-access.cf postfix-receive-access.cf "
    "postfix-main.cf postfix-master.cf dovecot.cf unbound.conf user-patches.sh ssl templates "
    "fail2ban-jail.cf fail2ban-fail2ban.cf rspamd opendkim whitelist_clients.local whitelist_recipients"
).split()
SIEVE = ".dovecot.sieve"
PROGRAM_FOLDERS = ("sieve-pipe", "sieve-filter")
# Read with all that is in them.
DEEP_FOLDERS = ("rspamd", "opendkim")
RETIRED = {
    "amavis.cf": "there is no Amavis; write what you need for Rspamd into rspamd/custom-commands.conf",
    "spamassassin-rules.cf": "there is no SpamAssassin; write rules for Rspamd into rspamd/override.d/",
}
NOT_YET = (
    "fetchmail.cf getmail ldap-users.cf ldap-groups.cf ldap-aliases.cf ldap-domains.cf ldap-senders.cf dhparams.pem"
).split()


@remembered_by(lambda parser, file: (parser, file.name))
def _parsed(parser: Parser[list[T]], file: TextFile) -> tuple[tuple[T, ...], tuple[Problem, ...]]:
    found, problems = parser(file)
    return tuple(found), tuple(problems)


class ConfigFolder:
    """The files of the config folder as texts. ``unreadable`` has one Problem for each file that is not text."""

    def __init__(self, content: Mapping[str, Content]) -> None:
        self.content = content
        self.unreadable: list[Problem] = []
        self._texts: dict[str, TextFile | None] = {}

    def text(self, name: str) -> TextFile | None:
        """The file ``name``, or None when it is not there, or not text."""
        if name not in self._texts:
            self._texts[name] = self._read(name)
        return self._texts[name]

    def _read(self, name: str) -> TextFile | None:
        content = self.content.get(name)
        if content is None:
            return None
        if isinstance(content, Unreadable):
            self.unreadable.append(Problem(name, content.reason))
            return None
        file, problems = decode(name, content)
        self.unreadable += problems
        return file

    def parsed(self, name: str, parser: Parser[list[T]]) -> tuple[tuple[T, ...], tuple[Problem, ...]]:
        """What ``parser`` makes of the file ``name``, and the Problems with it; nothing when it is not there."""
        file = self.text(name)
        return _parsed(parser, file) if file else ((), ())

    def unknown(self) -> list[Problem]:
        """A warning for each file that has a meaning in docker-mailserver but none here yet, or nearly has one."""
        problems = []
        for name in sorted({path.split("/", 1)[0] for path in self.content}):
            if name in NOT_YET or name.startswith("getmail-"):
                problems.append(Problem(name, "is not supported yet; it is ignored", "", True))
            elif name in RETIRED:
                problems.append(Problem(name, RETIRED[name], "", True))
            elif name not in READ and not name.endswith(SIEVE):
                hint = did_you_mean(name, READ + NOT_YET, 0.85)
                if hint:
                    problems.append(Problem(name, "is not a file that is read", hint, True))
        return problems
