"""The server that doctor looks at, also while its configuration is refused."""

from __future__ import annotations

from collections.abc import Sequence

from mailwright import directory, model
from mailwright.folder import Folder
from mailwright.model import Mailserver
from mailwright.problems import ConfigurationError, Findings, Problem
from mailwright.sources import Sources


def patient(sources: Sources, config: str) -> tuple[Mailserver, Sequence[Problem]]:
    """The server, and the Problems that refuse it; then it has only what can be told in spite of them."""
    try:
        return model.build(sources, config), ()
    except ConfigurationError as error:
        chosen = model.settings_of(sources)
        hostname, domain = model.names(chosen, sources.fqdn)
        found = directory.directory(Folder(sources.config, Findings()))
        return Mailserver(chosen, hostname, domain, f"postmaster@{domain}", found), error.problems
