from __future__ import annotations

from pathlib import Path

import pytest

from mailwright.core import paths
from mailwright.host import machine


def test_outside_a_container_nothing_of_the_host_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "IMAGE", str(tmp_path / "none"))
    assert machine.machine() is machine.ANY_CONTAINER


def test_inside_a_container_the_machine_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "IMAGE", str(tmp_path))
    found = machine.machine()
    assert found is not machine.ANY_CONTAINER
    loopback = [each for each in found.interfaces if each.name == "lo"]
    assert all(each.address.is_loopback for each in loopback)
    assert 0 <= found.capabilities < 1 << 64


def test_what_stands_for_a_container_is_a_docker_network() -> None:
    names = {each.name: each.address for each in machine.ANY_CONTAINER.interfaces}
    assert names.keys() == {"lo", "eth0"}
    assert machine.ANY_CONTAINER.gateways[0] in names["eth0"].network
