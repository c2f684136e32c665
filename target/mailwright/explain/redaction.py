"""Mask: hides secrets in lines and values that are shown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailwright.settings import Settings, is_secret

HIDDEN = "(secret)"
# Names of secret parameters: ldap_auth_dn_password, api_key of Dovecot and others.
SECRET_NAME = re.compile(r"(?:password|passwd|passphrase|secret|_pw|dnpass|api_key|token)", re.IGNORECASE)
ASSIGNED = re.compile(r"(?P<before>.*?(?P<name>[A-Za-z0-9_]+)\s*=)(?P<value>.*)", re.DOTALL)
# Shorter values occur in too many unrelated lines.
SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Mask:
    """Hides the values of secret settings, and of parameters with the name of a secret."""

    secrets: tuple[str, ...] = ()

    def line(self, text: str) -> str:
        """``text`` with secrets hidden."""
        match = ASSIGNED.fullmatch(text)
        has_secret = any(re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", text) for secret in self.secrets)
        is_secret_name = bool(match and SECRET_NAME.fullmatch(_ending(match["name"])) and match["value"].strip())
        if not has_secret and not is_secret_name:
            return text
        return f"{match['before']} {HIDDEN}" if match and not self._in(match["before"]) else HIDDEN

    def _in(self, text: str) -> bool:
        return any(secret in text for secret in self.secrets)


def _ending(name: str) -> str:
    """The last part of a parameter's name, such as ``password`` or ``api_key``."""
    match = re.search(r"(?:_pw|api_key|[A-Za-z0-9]+)$", name, re.IGNORECASE)
    return match[0] if match else ""


def mask(settings: Settings) -> Mask:
    """The Mask of a server with these settings."""
    values = {name: str(getattr(settings, name)) for name, info in Settings.model_fields.items() if is_secret(info)}
    return Mask(tuple(value for value in values.values() if len(value) >= SHORTEST))
