"""saslauthd: what docker-mailserver's users want of it, Dovecot does here, or it is refused."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core.problems import Problem
from mailwright.model.inputs import Inputs

OURSELVES = ("127.0.0.1", "::1", "localhost")


def problems(inputs: Inputs) -> Iterator[Problem]:
    """Warnings of settings without effect, and a Problem if nobody would check the passwords of some logins."""
    settings, variables = inputs.settings, inputs.variables
    if not settings.enable_saslauthd:
        return
    if settings.smtp_only:
        yield variables.warning("ENABLE_SASLAUTHD", "SMTP_ONLY runs no Dovecot, so nobody can log in; it has no effect")
    elif settings.saslauthd_mechanisms == "rimap":
        yield from _rimap(inputs)
    elif not settings.accounts_in_files:
        what = f"has no effect: Dovecot asks {inputs.provisioner.place} for submission too"
        yield variables.warning("ENABLE_SASLAUTHD", what)
    else:
        what = "SASLAUTHD_MECHANISMS=ldap needs ACCOUNT_PROVISIONER=LDAP: Dovecot asks the directory"
        yield variables.error("ENABLE_SASLAUTHD", what, "with accounts in files, delete ENABLE_SASLAUTHD")


def _rimap(inputs: Inputs) -> Iterator[Problem]:
    variables = inputs.variables
    host = inputs.settings.saslauthd_mech_options.strip().lower().partition("/")[0]
    if host in ("", *OURSELVES, inputs.reading.hostname):
        what = "has no effect: this server's own Dovecot checks the passwords of submission"
        yield variables.warning("ENABLE_SASLAUTHD", what)
    else:
        what = f"{host} cannot check passwords here: Dovecot does not verify another IMAP server's certificate"
        yield variables.error("SASLAUTHD_MECH_OPTIONS", what, "give the users accounts here: setup email import")
