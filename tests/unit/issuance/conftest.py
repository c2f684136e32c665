from __future__ import annotations

from pathlib import Path

import pytest

from mailwright.core import paths
from mailwright.issuance import store
from tests.unit.issuance.world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    live = tmp_path / "live"
    live.mkdir()
    monkeypatch.setattr(paths, "ACME_LIVE", str(live))
    monkeypatch.setattr(store, "LIVE", live)
    monkeypatch.setattr(store, "STATUS", tmp_path / "status.json")
    return World()
