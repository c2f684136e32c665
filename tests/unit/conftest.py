"""The unit tests touch nothing: no process, no network, no file outside their own folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# The same examples each time in CI, new ones on a desk.
hypothesis.settings.register_profile(
    "unit", max_examples=100, deadline=None, database=None, derandomize="CI" in os.environ
)
hypothesis.settings.load_profile("unit")

PROCESSES = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork")
NETWORK = ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Fence:
    """What one test may touch; outside a test everything is allowed."""

    folder: Path | None = None
    loopback = False


def _watch(event: str, args: tuple[object, ...]) -> None:
    if Fence.folder is None:
        return
    if event in PROCESSES or (event in NETWORK and not Fence.loopback):
        raise AssertionError(f"a unit test reached the world: {event} {args}")
    if event == "open" and isinstance(args[0], (str, Path)) and isinstance(args[2], int) and args[2] & WRITING:
        path = Path(args[0])
        if path.is_absolute() and "__pycache__" not in path.parts and Fence.folder not in path.parents:
            raise AssertionError(f"a unit test wrote {path}")


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def fence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Raises at the first process, connection or file outside pytest's temporary folder."""
    Fence.folder = tmp_path_factory.getbasetemp()
    yield
    Fence.folder = None


@pytest.fixture
def loopback(fence: None) -> Iterator[None]:
    """Lets a test speak to a server of its own."""
    Fence.loopback = True
    yield
    Fence.loopback = False
