"""Settings: one frozen pydantic model, one documented field per environment variable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mailwright.core.problems import Problem, did_you_mean, shown
from mailwright.core.values import Value
from mailwright.settings.accounts import Accounts
from mailwright.settings.acme import Acme
from mailwright.settings.cluster import Cluster
from mailwright.settings.compatibility import RETIRED, is_nobodys_wish
from mailwright.settings.dane_mta_sts import DaneMtaSts
from mailwright.settings.encryption import Encryption
from mailwright.settings.fail2ban import Fail2ban
from mailwright.settings.fetchmail import Fetchmail
from mailwright.settings.filters import Filters
from mailwright.settings.general import General
from mailwright.settings.getmail import Getmail
from mailwright.settings.ldap import Ldap
from mailwright.settings.mailboxes import Mailboxes
from mailwright.settings.metrics import Metrics
from mailwright.settings.oauth2 import Oauth2
from mailwright.settings.old_filters import OldFilters
from mailwright.settings.postscreen import Postscreen
from mailwright.settings.protocols import Protocols
from mailwright.settings.relay_hosts import RelayHosts
from mailwright.settings.reports import Reports
from mailwright.settings.saslauthd import Saslauthd
from mailwright.settings.section import Section
from mailwright.settings.sql import Sql
from mailwright.settings.srs import Srs
from mailwright.settings.tls import Tls
from mailwright.settings.web import Web

SECTIONS: tuple[type[Section], ...] = (
    General,
    Accounts,
    Ldap,
    Sql,
    Protocols,
    Postscreen,
    Mailboxes,
    Encryption,
    Oauth2,
    Tls,
    Acme,
    DaneMtaSts,
    Web,
    Metrics,
    Filters,
    Fail2ban,
    Reports,
    RelayHosts,
    Srs,
    Saslauthd,
    Fetchmail,
    Getmail,
    Cluster,
    OldFilters,
)


class Settings(
    General,
    Accounts,
    Ldap,
    Sql,
    Protocols,
    Postscreen,
    Mailboxes,
    Encryption,
    Oauth2,
    Tls,
    Acme,
    DaneMtaSts,
    Web,
    Metrics,
    Filters,
    Fail2ban,
    Reports,
    RelayHosts,
    Srs,
    Saslauthd,
    Fetchmail,
    Getmail,
    Cluster,
    OldFilters,
):
    """Every setting that has an effect. ``POSTFIX_DAGENT`` is ``settings.postfix_dagent``."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=False)

    @property
    def accounts_in_files(self) -> bool:
        """Whether accounts and aliases are in files of the config folder."""
        return str(self.account_provisioner) == "FILE"

    @property
    def own_certificate(self) -> bool:
        """Whether Mailwright generates the certificate itself."""
        return self.ssl_type in ("", "snakeoil")

    @property
    def has_acme(self) -> bool:
        """Whether the server gets its certificates from a CA itself."""
        return self.ssl_type == "acme"

    @property
    def own_srs_secret(self) -> bool:
        """Whether Mailwright generates the secret of SRS itself."""
        return self.enable_srs and not self.srs_secret


NAMES = tuple(name.upper() for section in SECTIONS for name in section.model_fields)
KNOWN = frozenset(NAMES) | frozenset(RETIRED)


def fields(section: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Each field of ``section`` with its environment name, in the order of the class."""
    for name, info in section.model_fields.items():
        yield name.upper(), info


def choices(info: FieldInfo) -> tuple[str, ...]:
    """The words that a setting accepts; empty if it accepts more than a list of words."""
    return get_args(info.annotation) if get_origin(info.annotation) is Literal else ()


def default(info: FieldInfo) -> str:
    """The default of a setting, in the form of mailserver.env."""
    return written(info.default)


def written(value: object) -> str:
    """The value of a setting, in the form of mailserver.env."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def accepted(info: FieldInfo) -> str:
    """The values that a setting accepts, as text."""
    words = [word for word in choices(info) if word]
    if words:
        return ", ".join(words)
    descriptions = [entry for entry in info.metadata if isinstance(entry, str)]
    return descriptions[0] if descriptions else "0, 1" if info.annotation is bool else "text"


def is_private(info: FieldInfo) -> bool:
    """Whether the text of a setting may contain a password, so that no message may show it."""
    return isinstance(info.json_schema_extra, dict) and bool(info.json_schema_extra.get("private"))


def is_secret(info: FieldInfo) -> bool:
    """Whether the value of a setting is never shown, even if it is valid."""
    extra = info.json_schema_extra
    return is_private(info) and not (isinstance(extra, dict) and extra.get("shown_once_accepted"))


def settings(values: Mapping[str, Value]) -> tuple[Settings, list[Problem]]:
    """The Settings of ``values``, and a Problem for each invalid value; its setting keeps the default."""
    texts = {name.lower(): value.text for name, value in values.items() if name in NAMES}
    try:
        return Settings.model_validate(texts), []
    except ValidationError as error:
        invalid = {str(detail["loc"][0]): detail for detail in error.errors()}
    problems = [_problem(values[name.upper()], name, detail) for name, detail in invalid.items()]
    return Settings.model_validate({name: text for name, text in texts.items() if name not in invalid}), problems


def _problem(value: Value, name: str, detail: ErrorDetails) -> Problem:
    origin, variable, written_text = value.origin, name.upper(), str(detail["input"])
    hidden = value.from_file or is_private(Settings.model_fields[name])
    text = "the value" if hidden else shown(written_text)
    words = choices(Settings.model_fields[name])
    if words:
        listed = ", ".join(word for word in words if word)
        return Problem(origin, f"{variable}: {text} is not one of {listed}", did_you_mean(written_text, words, 0.6))
    if detail["type"] == "value_error":
        hint = "10485760 or 10M" if "size" in name else ""
        return Problem(origin, f"{variable}: {text} {detail['ctx']['error']}", hint)
    return Problem(origin, f"{variable}: {text} is not accepted: {detail['msg']}")


def unknown_names(values: Mapping[str, Value]) -> list[Problem]:
    """A Problem for each unknown name that resembles a known one; a warning for other names in ``mailserver.env``."""
    problems = []
    for name, value in values.items():
        if name in KNOWN:
            continue
        hint = _resembled(name)
        if hint:
            problems.append(Problem(value.origin, f"{name} is not a setting", hint))
        elif value.origin != "environment":
            problems.append(Problem(value.origin, f"{name} is not a setting; it is ignored", "", True))
    return problems


@cache
def _resembled(name: str) -> str:
    """The hint to a known name. It takes 2 ms, and a command that tries settings asks a thousand times."""
    return did_you_mean(name, KNOWN, 0.87)


def not_supported(values: Mapping[str, Value]) -> list[Problem]:
    """A Problem for each variable of docker-mailserver that has no effect."""
    return [
        Problem(value.origin, f"{name} has no effect", RETIRED[name], True)
        for name, value in values.items()
        if name in RETIRED and not is_nobodys_wish(name, value.text)
    ]
