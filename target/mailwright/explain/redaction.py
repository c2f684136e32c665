"""Mask: what is shown of lines and values that may hold a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailwright.settings import Settings, is_secret

HIDDEN = "(secret)"
# A name that says it: ldap_auth_dn_password, dovecot's own api_key and the like.
TELLING = re.compile(r"(?:password|passwd|passphrase|secret|_pw|dnpass|api_key|token)", re.IGNORECASE)
ASSIGNED = re.compile(r"(?P<before>.*?(?P<name>[A-Za-z0-9_]+)\s*=)(?P<value>.*)", re.DOTALL)
# Shorter values stand in too many lines that have nothing to do with them.
SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Mask:
    """Hides the values of secret settings, and of parameters whose name says that they are secret."""

    secrets: tuple[str, ...] = ()

    def line(self, text: str) -> str:
        """``text``, or what may be shown of it."""
        match = ASSIGNED.fullmatch(text)
        hides = any(re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", text) for secret in self.secrets)
        says = bool(match and TELLING.fullmatch(_ending(match["name"])) and match["value"].strip())
        if not hides and not says:
            return text
        return f"{match['before']} {HIDDEN}" if match and not self._in(match["before"]) else HIDDEN

    def _in(self, text: str) -> bool:
        return any(secret in text for secret in self.secrets)


def _ending(name: str) -> str:
    """The part of a parameter's name that may say what it is."""
    match = re.search(r"(?:_pw|api_key|[A-Za-z0-9]+)$", name, re.IGNORECASE)
    return match[0] if match else ""


def mask(settings: Settings) -> Mask:
    """The Mask of a server with these settings."""
    values = {name: str(getattr(settings, name)) for name, info in Settings.model_fields.items() if is_secret(info)}
    return Mask(tuple(value for value in values.values() if len(value) >= SHORTEST))
