"""Who gets which report: docker-mailserver's variables for pflogsumm and logwatch ask for one report of ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailwright.core.problems import Problem
from mailwright.model.inputs import Inputs
from mailwright.model.postmaster import postmaster
from mailwright.settings import Settings

DAILY, WEEKLY, ROTATION = "daily", "weekly", "rotation"
TRIGGERS = {"daily_cron": DAILY, "logrotate": ROTATION, DAILY: DAILY, WEEKLY: WEEKLY}


@dataclass(frozen=True, slots=True)
class Report:
    """A report: after each day, each week or each rotation of the log."""

    trigger: str
    recipient: str
    sender: str


def reports(inputs: Inputs) -> tuple[tuple[Report, ...], list[Problem]]:
    """The reports that are asked for, each once, and the Problems with them."""
    settings, found, problems = inputs.settings, [], []
    default = settings.report_sender or f"mailserver-report@{inputs.reading.hostname}"
    for switch, word, recipient, sender in _asked(settings):
        variable, address = _recipient(inputs, recipient)
        if problem := _wrong(inputs, switch, variable, address):
            problems.append(problem)
        else:
            own = str(getattr(settings, sender.lower()))
            found.append(Report(TRIGGERS[word], address, own or default))
    return tuple(dict.fromkeys(found)), list(dict.fromkeys(problems))


def _asked(settings: Settings) -> Iterator[tuple[str, str, str, str]]:
    """The variable that asks for a report, its word, and the variables of the recipient and the sender."""
    if settings.pflogsumm_trigger != "none":
        yield "PFLOGSUMM_TRIGGER", settings.pflogsumm_trigger, "PFLOGSUMM_RECIPIENT", "PFLOGSUMM_SENDER"
    if settings.logwatch_interval != "none":
        yield "LOGWATCH_INTERVAL", settings.logwatch_interval, "LOGWATCH_RECIPIENT", "LOGWATCH_SENDER"


def _recipient(inputs: Inputs, own: str) -> tuple[str, str]:
    """The variable that names the recipient, empty if none does, and the address."""
    for name in (own, "REPORT_RECIPIENT"):
        if address := str(getattr(inputs.settings, name.lower())):
            return name, address.lower()
    return "POSTMASTER_ADDRESS" if inputs.settings.postmaster_address else "", postmaster(inputs)[0]


def _wrong(inputs: Inputs, switch: str, variable: str, address: str) -> Problem | None:
    """Why a report cannot be mailed; an error if the operator must name another recipient."""
    directory, provisioner = inputs.directory, inputs.provisioner
    if variable == "POSTMASTER_ADDRESS" or directory.receives(address) or not provisioner.can_list:
        return None  # a wrong POSTMASTER_ADDRESS is refused elsewhere
    is_ours = address.rpartition("@")[2] in directory.domains
    if variable:
        value = inputs.variables.values[variable]
        return Problem(value.origin, f"{variable}: {address} is not a mailbox or alias here") if is_ours else None
    origin = inputs.variables.values[switch].origin
    if not directory.accounts and not inputs.settings.smtp_only:
        what = f"{switch}: there is no account that could get the report; none is mailed"
        return Problem(origin, what, "setup email add ADDRESS", True)
    what = f"{switch}: nobody is named who gets the report: {address} is not an address of this server"
    return Problem(origin, what, "set REPORT_RECIPIENT")
