"""What the groups of settings have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A group of settings. Only Settings, which joins all groups, is validated.

    So the schema of each group is not built: that would take a fifth of the time in which settings are imported.
    """

    model_config = ConfigDict(defer_build=True)
