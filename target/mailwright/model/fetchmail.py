"""fetchmail: which servers it polls, as fetchmail.cf says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mailwright.core.problems import Problem, errors
from mailwright.core.textfile import TextFile
from mailwright.formats import fetchmail as format_
from mailwright.formats.fetchmail import NAME, POLLS, Statement
from mailwright.model import fetching_files
from mailwright.model.inputs import Inputs

SWITCH = "ENABLE_FETCHMAIL"
EXAMPLE = "poll imap.example.com proto imap user 'NAME' pass 'PASSWORD' is 'ADDRESS' ssl"


@dataclass(frozen=True, slots=True)
class Fetchmail:
    """fetchmail.cf and its statements. The texts contain passwords."""

    file: TextFile = field(repr=False)
    statements: tuple[Statement, ...]
    files: Mapping[str, str] = field(default_factory=dict, repr=False)  # of the config folder, by the paths it names

    @property
    def polls(self) -> tuple[Statement, ...]:
        """The servers, those that are skipped too."""
        return tuple(each for each in self.statements if each.kind in POLLS)


def fetchmail(inputs: Inputs) -> tuple[Fetchmail | None, list[Problem]]:
    """The servers to poll, and the Problems with settings and file; None if nothing is fetched."""
    file = inputs.folder.text(NAME)
    if not inputs.settings.enable_fetchmail:
        return None, list(without_effect(inputs, SWITCH, "FETCHMAIL_", [NAME] if file else []))
    if nobody := no_mailboxes(inputs, SWITCH):
        return None, [nobody]
    if file is None:
        if NAME in inputs.folder.content:  # it cannot be read; the folder says so
            return None, []
        what = f"needs {NAME} in the config folder, which is missing"
        return None, [inputs.variables.error(SWITCH, what, f"write it ({EXAMPLE}), or set {SWITCH}=0")]
    statements, problems = format_.parse(file)
    files, missing = fetching_files.copies(inputs, file)
    found = Fetchmail(file, tuple(statements), files)
    problems = [*problems, *missing]
    if not problems and not any(each.kind != "skip" for each in found.polls):
        problems.append(Problem(NAME, "polls no server", EXAMPLE))
    return (None if errors(problems) else found), problems


def without_effect(inputs: Inputs, switch: str, prefix: str, files: list[str]) -> Iterator[Problem]:
    """A warning for each setting that begins with ``prefix``, and for each of ``files``, while ``switch`` is off."""
    what = f"has no effect without {switch}=1"
    variables = inputs.variables
    for name in sorted(name for name in variables.values if name.startswith(prefix) and variables.is_chosen(name)):
        yield variables.warning(name, what)
    for file in files:
        yield Problem(file, what, "", True)


def no_mailboxes(inputs: Inputs, switch: str) -> Problem | None:
    """A warning if this server has no mailboxes to fetch mail into."""
    settings = inputs.settings
    if not settings.smtp_only or settings.postfix_dagent:
        return None
    return inputs.variables.warning(switch, "SMTP_ONLY runs no Dovecot, so there are no mailboxes; it has no effect")
