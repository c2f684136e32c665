"""The config folder as text files, with the files that cannot be read and those that nothing reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from mailwright.core.memo import remembered_by
from mailwright.core.problems import Problem, did_you_mean
from mailwright.core.textfile import TextFile, decode
from mailwright.model.sources import Content, Unreadable

T = TypeVar("T")
Parser = Callable[[TextFile], tuple[T, list[Problem]]]

# What is read without ConfigFolder.text(): variables, a script, folders.
ALSO_READ = (
    "mailserver.env",
    "user-patches.sh",
    "ssl",
    "templates",
    "sieve-pipe",
    "sieve-filter",
    "rspamd",
    "opendkim",
    "mail-crypt",
    "encryption",
    "cluster",
)
SIEVE = ".dovecot.sieve"
PROGRAM_FOLDERS = ("sieve-pipe", "sieve-filter")
# Folders that are read with everything below them.
DEEP_FOLDERS = ("rspamd", "opendkim", "mail-crypt", "encryption", "getmail")
DEEP_FILES = ("rspamd/dkim/", "opendkim/keys/")  # read without ConfigFolder.text()
RETIRED = {
    "amavis.cf": "Rspamd replaces Amavis; put your settings for Rspamd into rspamd/custom-commands.conf",
    "dhparams.pem": "is not used: TLS has the group ffdhe4096 of RFC 7919; delete the file",
    "spamassassin-rules.cf": "Rspamd replaces SpamAssassin; put rules for Rspamd into rspamd/override.d/",
}


@remembered_by(lambda parser, file: (parser, file.name))
def _parsed(parser: Parser[list[T]], file: TextFile) -> tuple[tuple[T, ...], tuple[Problem, ...]]:
    rows, problems = parser(file)
    return tuple(rows), tuple(problems)


class ConfigFolder:
    """The files of the config folder as texts. ``unreadable`` has one Problem for each file that is not text.

    It notes every name that it is asked for, so that no list of known files has to be kept.
    """

    def __init__(self, content: Mapping[str, Content]) -> None:
        self.content = content
        self.unreadable: list[Problem] = []
        self._texts: dict[str, TextFile | None] = {}

    def text(self, name: str) -> TextFile | None:
        """The file ``name``; None when it does not exist or is not text."""
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
        """What ``parser`` makes of the file ``name``, and the Problems with it; empty when it does not exist."""
        file = self.text(name)
        return _parsed(parser, file) if file else ((), ())

    def reads(self, path: str) -> bool:
        """Whether a part of the model has asked for ``path``, or reads it without this folder."""
        name, _, rest = path.partition("/")
        if name in DEEP_FOLDERS and rest:
            return path in self._texts or path.startswith(DEEP_FILES)
        return path in self._texts or name in ALSO_READ or name.endswith(SIEVE)

    def unknown(self) -> list[Problem]:
        """A warning for each file that only docker-mailserver reads, and for each name that is nearly a known one.

        Call it once every part of the model has asked for its files.
        """
        known = {name.split("/", 1)[0] for name in (*self._texts, *ALSO_READ)}
        problems = []
        for name in sorted({path.split("/", 1)[0] for path in self.content}):
            if name in RETIRED:
                problems.append(Problem(name, RETIRED[name], "", True))
            elif name not in known and not name.endswith(SIEVE):
                hint = did_you_mean(name, sorted(known), 0.85)
                if hint:
                    problems.append(Problem(name, "is not a file that Mailwright reads", hint, True))
        return problems
