"""The host name: the name by which other servers and mail programs know this one."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import values
from mailwright.core.problems import Problem, shown
from mailwright.model.reading import Reading


def problems(reading: Reading) -> Iterator[Problem]:
    """What is wrong with the host name, be it the container's or OVERRIDE_HOSTNAME."""
    name, stated = reading.hostname, bool(reading.settings.override_hostname)
    where = reading.variables.origin("OVERRIDE_HOSTNAME") if stated else "environment"
    hint = "set hostname: mail.example.com in compose.yaml, or OVERRIDE_HOSTNAME"
    try:
        values.host_name(name)
    except ValueError as error:
        yield Problem(where, f"the host name {shown(name)} {error}", hint)
        return
    if "_" in name:
        what = f"the host name {shown(name)} has an underscore: some servers refuse mail from it (RFC 5321), and no CA"
        yield Problem(where, f"{what} issues a certificate for it", f"{hint}, to a name with - in its place", True)
