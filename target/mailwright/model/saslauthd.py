"""saslauthd: another IMAP server that checks the passwords of submission, as Dovecot asks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailwright.core.problems import Findings, Problem, errors
from mailwright.model.inputs import Inputs
from mailwright.model.named_files import authorities
from mailwright.settings import Settings

OURSELVES = ("127.0.0.1", "::1", "localhost")
PORTS = {"starttls": 143, "imaps": 993, "no": 143}
SWITCH, CA_FILE = "ENABLE_SASLAUTHD", "SASLAUTHD_RIMAP_CA_FILE"


@dataclass(frozen=True, slots=True)
class Rimap:
    """An IMAP server that knows the passwords (saslauthd's mechanism rimap)."""

    host: str
    port: int
    tls: str  # Dovecot's imapc_ssl
    ca: str = ""  # certificates in PEM; empty: the public ones


def wanted_paths(settings: Settings) -> tuple[str, ...]:
    """The certificates that the IMAP server's certificate is verified with."""
    wanted = settings.enable_saslauthd and settings.saslauthd_rimap_ca_file
    return (settings.saslauthd_rimap_ca_file,) if wanted else ()


def rimap(inputs: Inputs) -> tuple[Rimap | None, list[Problem]]:
    """The Rimap of the settings, and the Problems with all settings of saslauthd; None if only this server checks."""
    settings, variables = inputs.settings, inputs.variables
    if not settings.enable_saslauthd:
        names = sorted(name for name in variables.values if name.startswith("SASLAUTHD_") and variables.is_chosen(name))
        return None, [variables.warning(name, f"has no effect without {SWITCH}=1") for name in names]
    if settings.smtp_only:
        return None, [variables.warning(SWITCH, "SMTP_ONLY runs no Dovecot, so nobody can log in; it has no effect")]
    if settings.saslauthd_mechanisms == "ldap":
        return None, list(_ldap(inputs))
    host, _, port = settings.saslauthd_mech_options.partition("/")
    if host in ("", *OURSELVES, inputs.reading.hostname):
        what = "has no effect: this server's own Dovecot checks the passwords of submission"
        return None, [variables.warning(SWITCH, what)]
    problems = Findings()
    ca = problems.keep(authorities(inputs, CA_FILE))
    tls = settings.saslauthd_rimap_tls
    if tls == "no":
        what = f"passwords go to {host} in clear text; whoever is on the way can read them"
        problems.append(variables.warning("SASLAUTHD_RIMAP_TLS", what, "starttls or imaps"))
    return (None if errors(problems) else Rimap(host, int(port or PORTS[tls]), tls, ca)), problems


def _ldap(inputs: Inputs) -> Iterator[Problem]:
    if inputs.settings.accounts_in_files:
        what = "SASLAUTHD_MECHANISMS=ldap needs ACCOUNT_PROVISIONER=LDAP: Dovecot asks the directory"
        yield inputs.variables.error(SWITCH, what, f"with accounts in files, delete {SWITCH}")
    else:
        what = f"has no effect: Dovecot asks {inputs.provisioner.place} for submission too"
        yield inputs.variables.warning(SWITCH, what)
