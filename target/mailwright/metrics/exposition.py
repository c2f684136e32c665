"""Samples → OpenMetrics text (version 1.0.0). Prometheus' older text format, version 0.0.4, is understood from it too.

There is no library in it: the one that Debian has takes longer to import than everything else here takes to run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mailwright.metrics.families import FAMILIES, Family

ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
END = "# EOF\n"


@dataclass(frozen=True, slots=True)
class Sample:
    """A value of a family; ``labels`` are the values of its labels, in the order of the declaration."""

    family: str  # its short name
    value: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many observations are at most each limit, and what all of them are together."""

    family: str
    buckets: Mapping[float, int]  # limit → observations at most that large; the last limit is infinite
    total: float


def text(samples: Iterable[Sample | Histogram]) -> str:
    """The exposition of ``samples``: families in the order of the declarations, those without a sample left out."""
    by_family: dict[str, list[Sample | Histogram]] = {}
    for sample in samples:
        by_family.setdefault(sample.family, []).append(sample)
    parts = (_family(family, by_family[family.name]) for family in FAMILIES if family.name in by_family)
    return "".join(f"{line}\n" for lines in parts for line in lines) + END


def _family(family: Family, samples: Iterable[Sample | Histogram]) -> Iterator[str]:
    name = family.full_name
    yield f"# TYPE {name} {family.kind}"
    if family.unit:
        yield f"# UNIT {name} {family.unit}"
    yield f"# HELP {name} {family.meaning.translate(ESCAPES)}"
    for sample in samples:
        if isinstance(sample, Histogram):
            yield from _histogram(name, sample)
        else:
            yield f"{family.sample_names[0]}{_labels(family, sample)} {number(sample.value)}"


def _histogram(name: str, histogram: Histogram) -> Iterator[str]:
    count = 0
    for limit, count in histogram.buckets.items():
        yield f'{name}_bucket{{le="{number(float(limit))}"}} {count}'
    yield f"{name}_count {count}"
    yield f"{name}_sum {number(histogram.total)}"


def _labels(family: Family, sample: Sample) -> str:
    pairs = zip(family.labels, sample.labels, strict=True)
    inner = ",".join(f'{name}="{value.translate(ESCAPES)}"' for name, value in pairs)
    return f"{{{inner}}}" if inner else ""


def number(value: float) -> str:
    """``value`` as the format writes it."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)
