"""Reading: the sources of one pass and the variables that they set, each looked at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mailwright.model import variables as deciding
from mailwright.model.sources import Content, Sources
from mailwright.model.variables import Variables
from mailwright.settings import Settings


@dataclass(frozen=True)
class Reading:
    """What was read, what the variables came to, and a stamp of each file as it was just before it was read."""

    sources: Sources
    variables: Variables
    stamps: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, sources: Sources) -> Reading:
        """The Reading of ``sources`` that hold the secrets' files already."""
        return cls(sources, deciding.variables(deciding.statements(sources), sources.files))

    @property
    def settings(self) -> Settings:
        """The Settings; a refused value has its default."""
        return self.variables.settings

    @property
    def hostname(self) -> str:
        """The server's full name."""
        return deciding.names(self.settings, self.sources.fqdn)[0]

    @property
    def domain(self) -> str:
        """The domain of the host name."""
        return deciding.names(self.settings, self.sources.fqdn)[1]

    def with_files(self, files: Mapping[str, Content]) -> Reading:
        """The same with more files, such as a certificate that was made just now. No variable depends on them."""
        return replace(self, sources=replace(self.sources, files={**self.sources.files, **files}))
