"""The postmaster's address. Each of our domains must accept mail for postmaster (RFC 5321, section 4.5.1)."""

from __future__ import annotations

from mailwright.core.problems import Problem
from mailwright.formats.aliases import IMPLIED, Alias
from mailwright.model.inputs import Inputs
from mailwright.model.provisioners.directory import Directory
from mailwright.model.provisioners.file import ACCOUNTS


def postmaster(inputs: Inputs) -> tuple[str, list[Problem]]:
    """The address that gets the mail for postmaster and root, and the Problems with it."""
    directory, value = inputs.directory, inputs.variables.values.get("POSTMASTER_ADDRESS")
    address = value.text.strip().lower() if value else f"postmaster@{inputs.reading.domain}"
    if address.rpartition("@")[2] not in directory.domains or directory.receives(address):
        return address, []
    if value:
        return address, [Problem(value.origin, f"POSTMASTER_ADDRESS: {address} is not a mailbox or alias here")]
    if not directory.accounts:
        return address, []
    first = str(directory.accounts[0].address)
    what = f"there is no account or alias {address}; its mail goes to the first account, {first}"
    return first, [Problem(ACCOUNTS, what, f"set POSTMASTER_ADDRESS, or: setup alias add {address} {first}", True)]


def implied_aliases(directory: Directory, address: str, hostname: str) -> tuple[Alias, ...]:
    """postmaster@DOMAIN for each of our domains and root@HOSTNAME, unless the operator has such an account or alias."""
    names = [f"postmaster@{domain}" for domain in sorted(directory.domains | {hostname})] + [f"root@{hostname}"]
    boxes, aliases = directory.expansion.mailboxes, directory.expansion.aliases
    free = (name for name in names if name not in boxes and name not in aliases and name != address)
    return tuple(Alias(name, (address,), IMPLIED) for name in free)
