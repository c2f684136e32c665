"""The server that doctor looks at, also while its configuration is refused."""

from __future__ import annotations

from collections.abc import Sequence

from mailwright.core.problems import ConfigurationError, Findings, Problem
from mailwright.model import mailserver
from mailwright.model.config_folder import Folder
from mailwright.model.mailserver import Mailserver
from mailwright.model.provisioners import file
from mailwright.model.sources import Sources


def patient(sources: Sources, config: str) -> tuple[Mailserver, Sequence[Problem]]:
    """The server, and the Problems that refuse it; then it has only what can be told in spite of them."""
    try:
        return mailserver.build(sources, config), ()
    except ConfigurationError as error:
        chosen = mailserver.settings_of(sources)
        hostname, domain = mailserver.names(chosen, sources.fqdn)
        found = file.directory(Folder(sources.config, Findings()))
        return Mailserver(chosen, hostname, domain, f"postmaster@{domain}", found), error.problems
