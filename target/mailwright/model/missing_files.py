"""What to do about a file that a setting names and the container does not have."""

from __future__ import annotations

from mailwright.core import paths

MOUNT = "it is a path inside the container: mount its folder there in compose.yaml, and compare the name"
IN_FOLDER = "put it there; it belongs to the config folder"
NO_LETSENCRYPT = f"mount {paths.LETSENCRYPT} in compose.yaml; SSL_TYPE=acme needs no such files"


def cure(path: str, config: str) -> str:
    """The hint for the missing file ``path``; ``config`` is the config folder."""
    return IN_FOLDER if path.startswith(f"{config}/") else MOUNT
