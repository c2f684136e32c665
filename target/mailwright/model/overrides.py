"""Overrides: the operator's files that go over the daemons' configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from mailwright.core import paths
from mailwright.core.problems import Findings, Problem
from mailwright.core.textfile import TextFile
from mailwright.formats.main_cf import REFERENCE, Parameter, parameters
from mailwright.formats.master_cf import Option, options
from mailwright.model import dovecot_includes, networks, operator_networks
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.dovecot_includes import Included
from mailwright.model.inputs import Inputs
from mailwright.model.operator_networks import MYNETWORKS
from mailwright.model.patches import PATCHES
from mailwright.model.sources import Unreadable

MAIN, MASTER, DOVECOT, UNBOUND = "postfix-main.cf", "postfix-master.cf", "dovecot.cf", "unbound.conf"
# What decides whether Rspamd sees a mail, and what becomes of it while Rspamd is down.
MILTERS = {"smtpd_milters", "smtpd_milter_maps", "milter_default_action", "receive_override_options"}
# Our own parameter, to which smtpd_milters refers: Rspamd, for submission a worker of its own.
MILTER = "mailwright_milter"
MAILNAME = "/etc/mailname"  # a file of ours: docker-mailserver makes it too
# Parameters whose words may be files, which hold the values (postconf(5)).
LISTS = (
    MYNETWORKS,
    "debug_peer_list",
    "fast_flush_domains",
    "mydestination",
    "myorigin",
    "permit_mx_backup_networks",
    "relay_domains",
    "smtpd_client_event_limit_exceptions",
    "virtual_alias_domains",
    "virtual_mailbox_domains",
)
LAID_OVER = (MAIN, MASTER, DOVECOT, UNBOUND)


class Stated(NamedTuple):
    """A parameter of Postfix as an override states it."""

    where: str
    name: str
    value: str


@dataclass(frozen=True)
class Overrides:
    """The override files, parsed as far as needed."""

    main_file: TextFile | None = None
    main: tuple[Parameter, ...] = ()
    master: tuple[Option, ...] = ()
    dovecot: TextFile | None = None
    dovecot_included: tuple[Included, ...] = ()
    unbound: TextFile | None = None

    @property
    def stated(self) -> list[Stated]:
        """What they state of Postfix, those of main.cf first."""
        rows = [Stated(f"{MAIN}:{each.line}", each.name, each.value) for each in self.main]
        return rows + [Stated(each.where, each.name, each.value) for each in self.master]

    @property
    def change_submission_filters(self) -> bool:
        """Whether they name a parameter on which the filters of submitted mail depend."""
        named = {each.name for each in self.main}
        services = {each.name for each in self.master}
        ours = MILTERS | {MILTER}
        return bool(named & ours or services & (ours | {"header_checks", "cleanup_service_name"}))

    @property
    def change_milter(self) -> bool:
        """Whether postfix-main.cf says which milter all mail goes through."""
        return any(
            each.name == MILTER or (each.name == "smtpd_milters" and MILTER not in REFERENCE.findall(each.value))
            for each in self.main
        )


def overrides(inputs: Inputs) -> tuple[Overrides, list[Problem]]:
    """The Overrides of the config folder, and the Problems with them."""
    folder, problems = inputs.folder, Findings()
    strangers, _ = networks.gateways(inputs)
    main = problems.keep(folder.parsed(MAIN, parameters))
    master = problems.keep(folder.parsed(MASTER, options))
    for each in _lists(folder):
        words = problems.keep(_with_files(inputs, each))
        if each.name == MYNETWORKS:
            problems.extend(operator_networks.problems(words, each.where, strangers))
    included: tuple[Included, ...] = ()
    if dovecot := folder.text(DOVECOT):
        problems.extend(dovecot_includes.mistakes(dovecot))
        included = problems.keep(dovecot_includes.included(dovecot, inputs.sources))
        for file in (file for each in included for file in each.files if not file.name.startswith("/")):
            folder.text(file.name.partition("/")[0])  # known
    result = Overrides(
        main_file=operator_networks.guarded_file(folder.text(MAIN), main, strangers),
        main=main,
        master=tuple(operator_networks.guarded_option(option, strangers) for option in master),
        dovecot=dovecot,
        dovecot_included=included,
        unbound=folder.text(UNBOUND),
    )
    return result, problems


def stated(folder: ConfigFolder) -> list[Stated]:
    """What the overrides of Postfix state, with the operator's own parameters expanded."""
    main, _ = folder.parsed(MAIN, parameters)
    master, _ = folder.parsed(MASTER, options)
    return [
        each._replace(value=operator_networks.expanded(each.value, main))
        for each in Overrides(main=main, master=master).stated
    ]


def _lists(folder: ConfigFolder) -> list[Stated]:
    return [each for each in stated(folder) if each.name in LISTS]


def _files_of(each: Stated) -> list[str]:
    """The files that ``each`` names and that are the operator's."""
    return [path for path in operator_networks.files(each.value) if path != MAILNAME]


def _with_files(inputs: Inputs, each: Stated) -> tuple[str, list[Problem]]:
    """The value of the list ``each`` with the words of files in it, and the Problems with these files."""
    texts, problems = {}, []
    for path in _files_of(each):
        place = path_of(path, inputs.sources.config_path)
        content = inputs.sources.files.get(place, Unreadable("does not exist"))
        if isinstance(content, bytes):
            texts[path] = content.decode(errors="replace")
        else:
            late = PATCHES in inputs.folder.content
            problems.append(Problem(each.where, f"{each.name}: {path} {content.reason}", "Postfix needs it", late))
    return operator_networks.with_files(each.value, texts), problems


def path_of(path: str, config: str) -> str:
    """The ``path`` of the container where it lies, if the config folder is ``config``."""
    below = path.removeprefix(f"{paths.CONFIG}/")
    return path if below == path else f"{config}/{below}"


def list_files(folder: ConfigFolder) -> tuple[str, ...]:
    """The files that lists of the overrides, such as mynetworks, name, as they name them."""
    return tuple(dict.fromkeys(path for each in _lists(folder) for path in _files_of(each)))
