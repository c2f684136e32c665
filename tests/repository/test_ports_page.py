"""docs/reference/ports.md lists the ports that the services declare."""

from __future__ import annotations

from mailwright.services import PORTS
from tests.repository.source import ROOT


def test_the_table_of_ports() -> None:
    rows = [
        [cell.strip(" `") for cell in line.split("|")[1:-1]]
        for line in (ROOT / "docs" / "reference" / "ports.md").read_text().splitlines()
        if line.startswith("| ") and line[2].isdigit()
    ]
    listed = {(int(number), name, switch) for number, name, _, _, switch in rows}
    assert listed == {(port.number, port.name, port.switch) for port in PORTS}
    assert len(rows) == len(PORTS)
