"""Overrides: the operator's files that go over the daemons' configuration."""

from __future__ import annotations

from dataclasses import dataclass

from mailwright.core.problems import Findings, Problem
from mailwright.core.textfile import TextFile
from mailwright.formats import dovecot_2_3
from mailwright.formats.main_cf import Parameter, parameters
from mailwright.formats.master_cf import Option, options
from mailwright.model import networks, operator_networks
from mailwright.model.inputs import Inputs
from mailwright.model.operator_networks import MYNETWORKS

MAIN, MASTER, DOVECOT, UNBOUND = "postfix-main.cf", "postfix-master.cf", "dovecot.cf", "unbound.conf"
LAID_OVER = (MAIN, MASTER, DOVECOT, UNBOUND)


@dataclass(frozen=True)
class Overrides:
    """The override files, parsed as far as needed."""

    main_file: TextFile | None = None
    main: tuple[Parameter, ...] = ()
    master: tuple[Option, ...] = ()
    dovecot: TextFile | None = None
    unbound: TextFile | None = None


def overrides(inputs: Inputs) -> tuple[Overrides, list[Problem]]:
    """The Overrides of the config folder, and the Problems with them."""
    folder, problems = inputs.folder, Findings()
    strangers, _ = networks.gateways(inputs)
    main = problems.keep(folder.parsed(MAIN, parameters))
    master = problems.keep(folder.parsed(MASTER, options))
    stated = [(parameter.value, f"{MAIN}:{parameter.line}") for parameter in main if parameter.name == MYNETWORKS]
    stated += [(option.value, option.where) for option in master if option.name == MYNETWORKS]
    for value, where in stated:
        problems.extend(operator_networks.problems(operator_networks.expanded(value, main), where, strangers))
    if dovecot := folder.text(DOVECOT):
        problems.extend(dovecot_2_3.problems(dovecot))
    result = Overrides(
        main_file=operator_networks.guarded_file(folder.text(MAIN), main, strangers),
        main=main,
        master=tuple(operator_networks.guarded_option(option, strangers) for option in master),
        dovecot=dovecot,
        unbound=folder.text(UNBOUND),
    )
    return result, problems
