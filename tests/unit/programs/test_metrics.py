"""A source that fails costs only its own numbers, and is named once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailwright.core import paths
from mailwright.metrics.exposition import Sample
from mailwright.metrics.following import Position
from mailwright.metrics.kept import Kept
from mailwright.programs import metrics
from mailwright.programs.metrics import Collection, Late

FACTS: dict[str, Any] = {"dovecot": True, "rspamd": ""}


def up(collection: Collection) -> dict[str, float]:
    found = (sample for sample in collection.samples if isinstance(sample, Sample))
    return {sample.labels[0]: sample.value for sample in found if sample.family == "source_up"}


def half() -> Iterator[Sample]:
    yield Sample("bans", 1)
    raise Late("takes too long")


def test_a_source_that_fails_half_way() -> None:
    collection = Collection(FACTS, Kept(), 0.0)
    collection.ask("log", half)
    collection.ask("queue", lambda: [Sample("accounts", 1)])
    assert up(collection) == {"log": 0, "queue": 1}
    assert collection.failed == {"log": "takes too long"}
    assert [sample.family for sample in collection.samples] == ["source_up", "source_up", "accounts"]


def test_a_server_without_dovecot_and_a_filter_has_no_such_sources() -> None:
    assert {"certificates", "sessions", "filter"}.isdisjoint(
        Collection({"ordered": [], "dovecot": False, "rspamd": ""}, Kept(), 0.0).sources()
    )


@pytest.mark.parametrize("content", ["", "{", "[]", '{"counts": {"delays": [1]}, "position": null, "failed": []}'])
def test_what_another_version_kept_is_forgotten(tmp_path: Path, content: str) -> None:
    (tmp_path / "kept").write_text(content)
    assert Kept.load(tmp_path / "kept") == Kept()


def test_what_is_kept(tmp_path: Path) -> None:
    kept = Kept(failed=["queue"])
    kept.counts.up("bans")
    kept.save(tmp_path / "kept")
    assert Kept.load(tmp_path / "kept") == kept
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o600


def test_a_failure_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "facts").write_text(json.dumps({**FACTS, "dovecot": False}))
    monkeypatch.setattr(paths, "METRICS", str(tmp_path / "facts"))
    monkeypatch.setattr(paths, "METRICS_COUNTED", str(tmp_path / "kept"))
    failing = {"queue": half, "volumes": lambda: [Sample("accounts", 1)]}
    monkeypatch.setattr(Collection, "sources", lambda _: failing)
    for _ in range(2):
        text = metrics.main(0.0)
        assert 'mailwright_source_up{source="queue"} 0' in text
        assert text.endswith("# EOF\n")
    [said] = capsys.readouterr().err.splitlines()
    assert said.endswith("metrics: warn: no numbers of queue: takes too long")


def test_lines_that_were_counted_half_way_are_counted_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "facts").write_text(json.dumps({**FACTS, "dovecot": False}))
    monkeypatch.setattr(paths, "METRICS", str(tmp_path / "facts"))
    monkeypatch.setattr(paths, "METRICS_COUNTED", str(tmp_path / "kept"))
    before = Kept(position=Position(7, 10, "ab"))
    before.counts.up("bans")
    before.save(tmp_path / "kept")

    def stuck(collection: Collection) -> Iterator[Sample]:
        assert collection.kept.position
        collection.kept.position.offset = 99
        collection.kept.counts.up("bans")
        return half()

    monkeypatch.setattr(Collection, "log", stuck)
    monkeypatch.setattr(Collection, "sources", lambda collection: {"log": collection.log})
    metrics.main(0.0)
    after = Kept.load(tmp_path / "kept")
    assert (after.position, after.counts, after.failed) == (before.position, before.counts, ["log"])


def test_without_a_begin_nothing_is_counted() -> None:
    """Else the log's end would be the begin, and what came before would be lost."""
    collection = Collection(FACTS, Kept(), 0.0)
    collection.ask("log", collection.log)
    assert up(collection) == {"log": 0}
    assert collection.kept.position is None
