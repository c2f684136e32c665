"""acme/status.json of the state: what was tried with the CA, what came of it, and when the next try is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

KEPT = 50  # times of tries


@dataclass(frozen=True, slots=True)
class Record:
    """One certificate: how it was ordered, and the tries since. Times are seconds since the epoch."""

    directory: str = ""  # of the CA that issued it
    names: tuple[str, ...] = ()  # in it
    failures: int = 0  # since it was issued
    next_try: float = 0.0
    error: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)  # name → why
    refused: Mapping[str, float] = field(default_factory=dict)  # name that the CA refused → when it is asked again
    waits_for: str = ""  # the digest of a key that DNS does not have yet
    next_seen: float = 0.0  # since when DNS has it


@dataclass(frozen=True, slots=True)
class Status:
    """All certificates by name, and what holds for all."""

    plan: str = ""  # a digest of what the settings asked for at the last run
    tries: tuple[float, ...] = ()
    not_before: float = 0.0  # the CA wants to be left until then
    next_run: float = 0.0
    records: Mapping[str, Record] = field(default_factory=dict)

    def retry(self, record: Record) -> float:
        """When ``record`` may be tried again after a failure."""
        return max(record.next_try, self.not_before)

    def text(self) -> str:
        """The status as JSON."""
        return json.dumps(asdict(self) | {"tries": self.tries[-KEPT:]}, indent=1) + "\n"


def status(text: str) -> Status:
    """The Status that is ``text``; ValueError if it is none."""
    try:
        content = json.loads(text)
        records = {
            str(name): Record(**{**one, "names": tuple(map(str, one["names"]))})
            for name, one in content["records"].items()
        }
        return Status(**{**content, "tries": tuple(map(float, content["tries"])), "records": records})
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("is not the status of certificates") from error
