"""Services of master.cf that postfix-master.cf names: unknown here, gone since docker-mailserver, or off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mailwright.core.problems import Problem, did_you_mean
from mailwright.formats.master_cf import Option, services
from mailwright.model.relay_hosts import TRANSPORT
from mailwright.settings import Settings

# Services of docker-mailserver's master.cf that Mailwright has no use for → what does their work.
GONE = {
    "smtp-amavis/unix": "there is no Amavis here; Rspamd filters mail",
    "127.0.0.1:10025/inet": "there is no Amavis here; Rspamd filters mail",
    "policyd-spf/unix": "there is no policyd-spf here; Rspamd checks SPF",
    "postlog/unix": "the log needs no service of its own here",
}
RENAMED = {"smtps/inet": "did you mean submissions/inet?"}
OFF_HINTS = {"submission": "set ENABLE_SUBMISSION=1", "submissions": "set ENABLE_SUBMISSIONS=1 for port 465"}


def problems(operators: Iterable[Option], template: str, settings: Settings) -> Iterator[Problem]:
    """A Problem for each service, at its first row, whose options do nothing; ``template`` has all services.

    docker-mailserver starts with such rows, so those that can be explained are warnings.
    """
    known = [f"{name}/{type_}" for name, type_ in services(template)]
    is_on = {"submission": settings.enable_submission, "submissions": settings.enable_submissions}
    first: dict[str, Option] = {}
    for option in operators:
        first.setdefault(f"{option.service}/{option.type}", option)
    for service, option in first.items():
        if service in GONE:
            yield Problem(option.where, f"{service} does nothing: {GONE[service]}", "delete the rows", True)
        elif service not in known:
            yield _unknown(service, option, known)
        elif not is_on.get(option.service, True):
            yield Problem(option.where, f"{service} does nothing: it is off", OFF_HINTS[option.service], True)


def _unknown(service: str, option: Option, known: list[str]) -> Problem:
    if option.service.startswith(TRANSPORT):
        what = f"{service} does nothing: no relay host with a login has this name"
        return Problem(option.where, what, "add its login with: setup relay add-auth", True)
    listed = f"the services are {', '.join(sorted(set(known)))}"
    hint = RENAMED.get(service) or did_you_mean(service, known, 0.7) or listed
    return Problem(option.where, f"there is no service {service}", hint)
