from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailwright.formats.acme_status import Record, Status
from mailwright.metrics import certificates


def test_what_came_of_each_certificate(tmp_path: Path) -> None:
    file = tmp_path / "status.json"
    records = {"a.test": Record(), "b.test": Record(failures=3, next_try=500.0, error="no")}
    file.write_text(Status(next_run=700.0, not_before=600.0, records=records).text())
    (tmp_path / "a.test.pem").write_text("")
    os.utime(tmp_path / "a.test.pem", (100, 100))
    found = certificates.samples(["a.test", "b.test", "new.test"], file, tmp_path)
    assert {(one.family, *one.labels): one.value for one in found} == {
        ("acme_failures", "a.test"): 0,
        ("acme_next_try_timestamp_seconds", "a.test"): 700,
        ("acme_issued_timestamp_seconds", "a.test"): 100,
        ("acme_failures", "b.test"): 3,
        ("acme_next_try_timestamp_seconds", "b.test"): 600,
        ("acme_failures", "new.test"): 0,
        ("acme_next_try_timestamp_seconds", "new.test"): 700,
    }


def test_before_the_first_run_and_with_a_broken_status(tmp_path: Path) -> None:
    file = tmp_path / "status.json"
    assert [one.value for one in certificates.samples(["a.test"], file, tmp_path)] == [0, 0]
    file.write_text("[]")
    with pytest.raises(ValueError, match="status of certificates"):
        list(certificates.samples(["a.test"], file, tmp_path))
