"""What holds for every test, whoever runs it and where: the permissions of new files, and the day."""

from __future__ import annotations

import os

import pytest

from tests import clock
from tests.container.docker import build_another_day

# Daemons that have become another user read what a test wrote.
os.umask(0o022)


def pytest_sessionstart(session: pytest.Session) -> None:
    """The images of another day are built once, before the workers start."""
    if clock.DAYS and not hasattr(session.config, "workerinput"):
        build_another_day()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with containers come first, in their random order: a long one at the end would keep one core idle."""
    items.sort(key=lambda item: not {"container", "daemons", "explain"} & {*item.path.parts})
