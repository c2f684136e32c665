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
    """A report for one recipient: after each day, each week or each rotation of the log."""

    trigger: str
    recipient: str
    sender: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a variable asks for: when, and the recipients and the sender that are meant for it alone."""

    switch: str
    word: str
    variable: str  # of the recipients
    recipients: str
    sender: str


def reports(inputs: Inputs) -> tuple[tuple[Report, ...], list[Problem]]:
    """The reports that are asked for, each once, and the Problems with them."""
    settings, found, problems = inputs.settings, [], []
    default = settings.report_sender or f"mailserver-report@{inputs.reading.hostname}"
    for asked in _asked(settings):
        variable, recipients = _recipients(inputs, asked)
        for recipient in recipients:
            if problem := _wrong(inputs, asked.switch, variable, recipient):
                problems.append(problem)
            else:
                found.append(Report(TRIGGERS[asked.word], recipient, asked.sender or default))
    return tuple(dict.fromkeys(found)), list(dict.fromkeys(problems))


def _asked(settings: Settings) -> Iterator[Asked]:
    """Whatever asks for a report."""
    if (word := settings.pflogsumm_trigger) != "none":
        own = settings.pflogsumm_recipient, settings.pflogsumm_sender
        yield Asked("PFLOGSUMM_TRIGGER", word, "PFLOGSUMM_RECIPIENT", *own)
    if (interval := settings.logwatch_interval) != "none":
        own = settings.logwatch_recipient, settings.logwatch_sender
        yield Asked("LOGWATCH_INTERVAL", interval, "LOGWATCH_RECIPIENT", *own)


def _recipients(inputs: Inputs, asked: Asked) -> tuple[str, list[str]]:
    """The variable that names the recipients, empty if none does, and their addresses."""
    settings = inputs.settings
    for variable, named in ((asked.variable, asked.recipients), ("REPORT_RECIPIENT", settings.report_recipient)):
        if named:
            return variable, named.lower().split(",")
    return "POSTMASTER_ADDRESS" if settings.postmaster_address else "", [postmaster(inputs)[0]]


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
