"""Inputs: what each part of the model is made of.

Every part has one form: a function (Inputs) → (its value, the Problems with it).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mailwright.model.config_folder import ConfigFolder
from mailwright.model.provisioners.directory import Directory
from mailwright.model.provisioners.file import FileProvisioner
from mailwright.model.provisioners.provisioner import Provisioner
from mailwright.model.reading import Reading
from mailwright.model.sources import Sources
from mailwright.model.variables import Variables
from mailwright.settings import Settings


@dataclass(frozen=True)
class Inputs:
    """One pass's reading, its config folder as texts, and the accounts, on which many parts depend."""

    reading: Reading
    folder: ConfigFolder
    provisioner: Provisioner = field(default_factory=FileProvisioner)

    @property
    def directory(self) -> Directory:
        """The accounts and aliases, as far as the provisioner knows them."""
        return self.provisioner.directory

    @property
    def sources(self) -> Sources:
        """What was read."""
        return self.reading.sources

    @property
    def variables(self) -> Variables:
        """Every variable, with its origin."""
        return self.reading.variables

    @property
    def settings(self) -> Settings:
        """The Settings."""
        return self.reading.settings
