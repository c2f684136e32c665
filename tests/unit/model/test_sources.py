from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from mailwright.core import paths
from mailwright.model.sources import EPOCH, Sources


def test_nothing_was_read_by_default() -> None:
    sources = Sources()
    assert (sources.config, sources.files, sources.templates, sources.environ) == ({}, {}, {}, {})
    assert (sources.config_path, sources.now) == (paths.CONFIG, EPOCH)


def test_a_snapshot_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Sources().fqdn = "mail.example.com"  # type: ignore[misc]
