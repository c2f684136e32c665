"""Counts by name, in bounded memory: strangers choose many of the names."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Generic, TypeVar

V = TypeVar("V")


class Top:
    """How often each name was seen. Beyond ``limit`` names, those seen least are forgotten."""

    def __init__(self, limit: int = 20_000) -> None:
        self.counts: Counter[str] = Counter()
        self.limit = limit

    def add(self, name: str, by: int = 1) -> None:
        """``name`` was seen."""
        self.counts[name] += by
        if len(self.counts) > self.limit:
            self.counts = Counter(dict(self.counts.most_common(self.limit // 2)))

    def first(self, many: int) -> list[tuple[str, int]]:
        """The names seen most, equal ones by name."""
        return sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))[:many]


class Recent(Generic[V]):
    """Values by key. Beyond ``limit``, the oldest key is forgotten."""

    def __init__(self, limit: int = 50_000) -> None:
        self.values: OrderedDict[str, V] = OrderedDict()
        self.limit = limit

    def put(self, key: str, value: V) -> None:
        """``key`` has ``value`` afterwards."""
        self.values[key] = value
        self.values.move_to_end(key)
        if len(self.values) > self.limit:
            self.values.popitem(last=False)

    def get(self, key: str) -> V | None:
        """The value, or None."""
        return self.values.get(key)

    def take(self, key: str) -> V | None:
        """The value, or None; the key is gone afterwards."""
        return self.values.pop(key, None)


def quantile(counts: Counter[float], share: float) -> float | None:
    """The least value that at least ``share`` of all are not above; None without any."""
    left = share * sum(counts.values())
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return None
