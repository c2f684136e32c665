"""Where each setting is set: the value in use, and the values that it overrides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mailwright import settings
from mailwright.model.variables import DEFAULT, Variables
from mailwright.settings import Settings


@dataclass(frozen=True, slots=True)
class Overruled:
    """A value that another one overrides, and where it is."""

    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class Stated:
    """A setting: its value as the operator writes it, its origin, and the values that it overrides.

    Secret values are replaced.
    """

    name: str
    value: str
    origin: str
    default: str
    overruled: tuple[Overruled, ...] = ()
    secret: bool = False

    @property
    def changed(self) -> bool:
        """Whether the value differs from the default."""
        return self.value != self.default


def stated(variables: Variables) -> Mapping[str, Stated]:
    """Every setting by the name of its variable, in the order of the reference page."""
    return {name: _stated(name, variables) for name in settings.NAMES}


def _stated(name: str, variables: Variables) -> Stated:
    info = Settings.model_fields[name.lower()]
    secret, private = settings.is_secret(info), settings.is_private(info)
    value = settings.written(getattr(variables.settings, name.lower()))
    effective = variables.values.get(name)
    others = [other for other in variables.statements.of(name) if not effective or other.origin != effective.origin]
    return Stated(
        name=name,
        value=("" if not value else "(secret)") if secret else value,
        origin=effective.origin if effective else DEFAULT,
        default=settings.default(info),
        overruled=tuple(Overruled("(secret)" if private else other.text, other.origin) for other in others),
        secret=secret,
    )
