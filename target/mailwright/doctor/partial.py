"""The server that doctor examines, even if its configuration is refused."""

from __future__ import annotations

from collections.abc import Sequence

from mailwright.core.problems import ConfigurationError, Problem
from mailwright.model.building import build
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.mailserver import Mailserver
from mailwright.model.provisioners import file
from mailwright.model.provisioners.file import FileProvisioner
from mailwright.model.reading import Reading


def partial(reading: Reading) -> tuple[Mailserver, Sequence[Problem]]:
    """The server and its Problems. A refused one has only its host name, settings and accounts."""
    try:
        return build(reading), ()
    except ConfigurationError as error:
        directory, _ = file.directory(ConfigFolder(reading.sources.config))
        hostname, domain = reading.hostname, reading.domain
        server = Mailserver(reading.settings, hostname, domain, f"postmaster@{domain}", FileProvisioner(directory))
        return server, error.problems
