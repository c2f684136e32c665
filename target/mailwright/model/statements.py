"""Where the operator says each setting: the statement that counts, and those that it wins over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailwright import settings
from mailwright.core.problems import Findings
from mailwright.core.values import Said
from mailwright.formats import env_file
from mailwright.model.config_folder import Folder
from mailwright.model.mailserver import ENV_FILE, said
from mailwright.model.sources import Sources
from mailwright.settings import Settings

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Stated:
    """A setting's value as the operator would write it, where it comes from, and what that wins over.

    A secret value is not in it.
    """

    name: str
    value: str
    origin: str
    default: str
    overruled: tuple[Said, ...] = ()
    secret: bool = False

    @property
    def changed(self) -> bool:
        """Whether the value differs from the default."""
        return self.value != self.default


def variables(sources: Sources) -> dict[str, Said]:
    """Every variable that is said, those that are no setting too."""
    return said(sources, Folder(sources.config, Findings()))


def stated(sources: Sources, chosen: Settings) -> dict[str, Stated]:
    """Every setting by its variable's name, in the reference's order."""
    counts = variables(sources)
    everything = list(_everything(sources))
    return {name: _stated(name, chosen, counts.get(name), everything) for name in settings.NAMES}


def _stated(name: str, chosen: Settings, counts: Said | None, everything: list[tuple[str, Said]]) -> Stated:
    info = Settings.model_fields[name.lower()]
    secret, private = settings.is_secret(info), settings.is_private(info)
    value = settings.written(getattr(chosen, name.lower()))
    others = [
        it for stated_name, it in everything if stated_name == name and (not counts or it.origin != counts.origin)
    ]
    return Stated(
        name=name,
        value=("" if not value else "(secret)") if secret else value,
        origin=counts.origin if counts else DEFAULT,
        default=settings.default(info),
        overruled=tuple(Said("(secret)" if private else it.text, it.origin) for it in others),
        secret=secret,
    )


def _everything(sources: Sources) -> Iterator[tuple[str, Said]]:
    """Every statement that is not empty, from the strongest to the weakest; a file's content is told as its path."""
    folder = Folder(sources.config, Findings())
    written = [] if sources.env_file else [(name, Said(it, "environment")) for name, it in sources.environ.items()]
    for file in (sources.env_file, folder.text(ENV_FILE)):
        written += reversed(env_file.statements(file)) if file else []
    written = [(name, it) for name, it in written if it.text]
    yield from ((name, it) for name, it in written if not name.endswith(env_file.SUFFIX))
    for name, it in written:
        if name.endswith(env_file.SUFFIX):
            yield name.removesuffix(env_file.SUFFIX), Said(f"the content of {it.text}", f"{it.origin} ({it.text})")
