"""What came of the tries to get certificates from a CA (SSL_TYPE=acme)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from mailwright.core import paths
from mailwright.formats.acme_status import Record, Status, status
from mailwright.metrics.exposition import Sample

STATUS, LIVE = Path(paths.ACME_STATUS), Path(paths.ACME_LIVE)


def samples(names: Iterable[str], file: Path = STATUS, live: Path = LIVE) -> Iterator[Sample]:
    """Samples of the certificates that are ordered for ``names``; ValueError if the status is broken."""
    known = status(file.read_text(encoding="utf-8")) if file.exists() else Status()
    for name in names:
        record = known.records.get(name, Record())
        following = known.retry(record) if record.failures else known.next_run
        yield Sample("acme_failures", record.failures, (name,))
        yield Sample("acme_next_try_timestamp_seconds", following, (name,))
        try:
            issued = (live / f"{name}.pem").stat().st_mtime
        except FileNotFoundError:
            continue
        yield Sample("acme_issued_timestamp_seconds", issued, (name,))
