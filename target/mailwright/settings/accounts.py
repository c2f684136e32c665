"""Settings of where accounts are."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailwright.settings.section import Section


class Accounts(Section):
    """Accounts"""

    account_provisioner: Literal["FILE", "LDAP", "SQL"] = Field(
        "FILE",
        description="Where accounts and aliases are: FILE, the files of the config folder; LDAP, a directory; SQL, a "
        "database.",
    )
