"""The table that is printed, and the JSON that is written."""

import json
import os
import platform
import re
import subprocess
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.docker import docker
from benchmarks.rows import ROWS, Row
from benchmarks.subject import HERE, Subject

# Samples[key][subject] holds one value a run, in the order of the runs.
Samples = dict[str, dict[str, list[float]]]


def comparison(row: Row, values: dict[str, list[float]], first: str, second: str) -> float | None:
    """Return the median over the runs of second against first, each pair from the same run."""
    pairs = list(zip(values.get(first, []), values.get(second, []), strict=False))
    if row.difference:
        return median(after - before for before, after in pairs) if pairs else None
    ratios = [after / before for before, after in pairs if before]
    return median(ratios) if ratios else None


def table(samples: Samples, subjects: list[str]) -> str:
    """Return the medians, aligned, and how the last subject compares with the first."""
    lines = [("", *subjects, "compared", "goal")]
    for row in ROWS:
        values = samples.get(row.key)
        if not values:
            continue
        medians = [number(row, median(values[name])) if values.get(name) else "-" for name in subjects]
        lines.append((row.label, *medians, compared(row, values, subjects), row.goal))
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, len(widths) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def compared(row: Row, values: dict[str, list[float]], subjects: list[str]) -> str:
    """Return the comparison as text for the table."""
    against = comparison(row, values, subjects[0], subjects[-1]) if len(subjects) > 1 else None
    if against is None:
        return ""
    return f"{against:+.{row.decimals}f} {row.unit}".rstrip() if row.difference else f"{against:.2f} x"


def number(row: Row, value: float) -> str:
    """Return the value with its unit."""
    return f"{value:.{row.decimals}f} {row.unit}".rstrip()


def undelivered(samples: Samples) -> list[str]:
    """Return a warning for each load whose rate does not include all of its mails."""
    return [
        f"{key.removesuffix('_missing')}, {name}: {missing:.0f} deliveries missing in one run or more"
        for key, values in samples.items()
        if key.endswith("_missing")
        for name, runs in values.items()
        if (missing := sum(runs))
    ]


def run(samples: Samples, subjects: list[Subject]) -> dict[str, Any]:
    """Every sample, the medians and the comparisons, and where and of what they were taken."""
    names = [subject.name for subject in subjects]
    rows = {row.key: row for row in ROWS}
    measured = {
        key: {
            "samples": values,
            "median": {name: median(runs) for name, runs in values.items()},
            "compared": comparison(rows.get(key, Row(key, "", "", 0)), values, names[0], names[-1]),
        }
        for key, values in samples.items()
    }
    images = {subject.name: subject.image for subject in subjects}
    taken = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return {"taken": taken, "commit": commit(), "machine": machine(), "images": images, "measures": measured}


def machine() -> dict[str, str | int | None]:
    """The machine as far as it matters for figures."""
    models = re.findall(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {
        "processor": models[0] if models else platform.machine(),
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "docker": docker("version", "--format", "{{.Server.Version}}"),
    }


def commit() -> str:
    """The commit of this tree, with "+" if files were changed since; nothing outside a repository."""
    git = ("git", "-C", str(HERE))
    found = subprocess.run((*git, "rev-parse", "--short", "HEAD"), capture_output=True, text=True, check=False)
    changed = subprocess.run((*git, "status", "--porcelain"), capture_output=True, text=True, check=False)
    return found.stdout.strip() + ("+" if changed.stdout.strip() else "")


def write_json(path: Path, measured: dict[str, Any]) -> None:
    """Write a run where --compare finds it later."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(measured, indent=2) + "\n")
