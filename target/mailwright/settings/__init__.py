"""Settings: one frozen pydantic model, one documented field per environment variable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mailwright.core.problems import Problem, did_you_mean, shown
from mailwright.core.values import Value
from mailwright.settings.compatibility import NOT_YET, RETIRED, asks_for_nothing
from mailwright.settings.dane_mta_sts import Outbound
from mailwright.settings.fail2ban import Abuse
from mailwright.settings.filters import Filters
from mailwright.settings.general import General
from mailwright.settings.mailboxes import Mailboxes
from mailwright.settings.old_filters import OldChain
from mailwright.settings.postscreen import Inbound
from mailwright.settings.protocols import Ports
from mailwright.settings.relay_hosts import Relay
from mailwright.settings.srs import Forwarding
from mailwright.settings.tls import Tls

SECTIONS: tuple[type[BaseModel], ...] = (
    General,
    Ports,
    Inbound,
    Mailboxes,
    Tls,
    Outbound,
    Filters,
    Abuse,
    Relay,
    Forwarding,
    OldChain,
)


class Settings(General, Ports, Inbound, Mailboxes, Tls, Outbound, Filters, Abuse, Relay, Forwarding, OldChain):
    """Every setting that Mailwright acts on. ``POSTFIX_DAGENT`` is ``settings.postfix_dagent``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def own_certificate(self) -> bool:
        """Whether the certificate is one that Mailwright made itself."""
        return self.ssl_type in ("", "snakeoil")

    @property
    def own_srs_secret(self) -> bool:
        """Whether the secret of SRS is one that Mailwright made itself."""
        return self.enable_srs and not self.srs_secret


NAMES = tuple(name.upper() for section in SECTIONS for name in section.model_fields)
KNOWN = frozenset(NAMES) | frozenset(NOT_YET) | frozenset(RETIRED)


def fields(section: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Each variable of ``section`` by its environment name, in the order written."""
    for name, info in section.model_fields.items():
        yield name.upper(), info


def choices(info: FieldInfo) -> tuple[str, ...]:
    """The words that a setting takes, or nothing when it is not a choice."""
    return get_args(info.annotation) if get_origin(info.annotation) is Literal else ()


def default(info: FieldInfo) -> str:
    """A setting's default as the operator would write it."""
    return written(info.default)


def written(value: object) -> str:
    """A setting's value as the operator would write it."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def accepted(info: FieldInfo) -> str:
    """What a setting takes, in words."""
    words = [word for word in choices(info) if word]
    if words:
        return ", ".join(words)
    told = [it for it in info.metadata if isinstance(it, str)]
    return told[0] if told else "0, 1" if info.annotation is bool else "text"


def is_private(info: FieldInfo) -> bool:
    """Whether the text that is said for a setting may hold a password, so that no message shows it."""
    return isinstance(info.json_schema_extra, dict) and bool(info.json_schema_extra.get("private"))


def is_secret(info: FieldInfo) -> bool:
    """Whether a setting's value is never shown, accepted or not."""
    extra = info.json_schema_extra
    return is_private(info) and not (isinstance(extra, dict) and extra.get("shown_once_accepted"))


def settings(values: Mapping[str, Value]) -> tuple[Settings, list[Problem]]:
    """The Settings that ``values`` say, and a Problem for each value that is refused; that one keeps its default."""
    texts = {name.lower(): said.text for name, said in values.items() if name in NAMES}
    try:
        return Settings.model_validate(texts), []
    except ValidationError as error:
        wrong = {str(detail["loc"][0]): detail for detail in error.errors()}
    problems = [_problem(values[name.upper()].origin, name, detail) for name, detail in wrong.items()]
    return Settings.model_validate({name: text for name, text in texts.items() if name not in wrong}), problems


def _problem(origin: str, name: str, detail: ErrorDetails) -> Problem:
    variable, said = name.upper(), str(detail["input"])
    text = "the value" if is_private(Settings.model_fields[name]) else shown(said)
    words = choices(Settings.model_fields[name])
    if words:
        listed = ", ".join(word for word in words if word)
        return Problem(origin, f"{variable}: {text} is not one of {listed}", did_you_mean(said, words, 0.6))
    if detail["type"] == "value_error":
        hint = "10485760 or 10M" if "size" in name else ""
        return Problem(origin, f"{variable}: {text} {detail['ctx']['error']}", hint)
    return Problem(origin, f"{variable}: {text} is not accepted: {detail['msg']}")


def unknown_names(values: Mapping[str, Value]) -> list[Problem]:
    """A Problem for each name near to a known one; in ``mailserver.env`` a warning for the others too."""
    problems = []
    for name, said in values.items():
        if name in KNOWN:
            continue
        hint = did_you_mean(name, KNOWN, 0.87)
        if hint:
            problems.append(Problem(said.origin, f"{name} is not a setting", hint))
        elif said.origin != "environment":
            problems.append(Problem(said.origin, f"{name} is not a setting; it is ignored", "", True))
    return problems


def not_supported(values: Mapping[str, Value]) -> list[Problem]:
    """A warning for each variable of the contract that is accepted and does nothing here (yet)."""
    problems = []
    for name, said in values.items():
        if name in RETIRED:
            problems.append(Problem(said.origin, f"{name} does nothing here", RETIRED[name], True))
        elif name in NOT_YET and not asks_for_nothing(name, said.text):
            problems.append(Problem(said.origin, f"{name} is not supported yet; it is ignored", "", True))
    return problems
