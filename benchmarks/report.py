"""The table that is printed, and the JSON that is written."""

import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.docker import docker
from benchmarks.subject import Subject

# Samples[key][subject] holds one value a run, in the order of the runs.
Samples = dict[str, dict[str, list[float]]]


@dataclass(frozen=True)
class Row:
    """One line of the table; `goal` is only printed."""

    key: str
    label: str
    unit: str
    decimals: int
    goal: str = ""
    difference: bool = False  # compare by difference, not by ratio


SCALE = ((1, ""), (1_000, ""), (10_000, ""), (100_000, "<= +3 s over one"))


def live_rows(count: int) -> tuple[Row, ...]:
    """The rows of benchmarks.live for that many accounts and aliases."""
    at = f"{count:,} account{'' if count == 1 else 's'}"
    return (
        Row(f"add_first_{count}", f"{at}: first setup email add until the login works", "s", 2),
        Row(f"add_{count}", f"{at}: setup email add until the login works", "s", 2, "< 1 s itself"),
        Row(f"edit_{count}", f"{at}: an edited file until the account takes mail", "s", 2, "< 3 s itself"),
        Row(f"alias_{count}", f"{at}: an edited alias until its mail is taken", "s", 2, "< 3 s itself"),
        Row(f"login_{count}", f"{at}: one login", "ms", 0),
        Row(f"lookup_{count}", f"{at}: connect and look an alias up", "ms", 0),
        Row(f"pss_{count}", f"{at}: idle memory (sum of PSS)", "MB", 1),
        Row(f"watch_cpu_{count}", f"{at}: watching, of a core", "%", 2, "< 0.5 % itself"),
    )


ROWS = (
    Row("boot", "boot: docker run until 25, 587 and 993 greet", "s", 2, "<= 1.6 x, < 2 s"),
    Row("restart", "docker restart until they greet again", "s", 2),
    Row("stop", "docker stop, idle", "s", 2, "< 2 s"),
    Row("boot_1000", "boot with 1,000 accounts", "s", 2),
    Row("boot_1000_to_1", "  to a boot with one", "x", 2, "<= 1.1 itself"),
    Row("boot_10000", "boot with 10,000 accounts", "s", 2),
    Row("boot_10000_to_1", "  to a boot with one", "x", 2),
    Row("storm_rate", "inbound, one mailbox, mails", "/s", 0, ">= 0.95 x"),
    Row("storm_deferred", "  deferred", "", 0, "0 itself"),
    Row("spread_rate", "inbound, ten mailboxes, mails", "/s", 0, ">= 0.95 x"),
    Row("spread_cpu", "  CPU time a mail", "ms", 1),
    Row("recipients_rate", "inbound, ten recipients a mail, deliveries", "/s", 0, ">= 0.95 x"),
    Row("recipients_cpu", "  CPU time a delivery", "ms", 1),
    Row("submission_rate", "submission with login, ten mailboxes, mails", "/s", 0, ">= 0.95 x"),
    Row("submission_cpu", "  CPU time a mail", "ms", 1),
    Row("pss", "idle memory (sum of PSS)", "MB", 1, "<= +60 MB", difference=True),
    Row("processes", "processes", "", 0, difference=True),
    Row("image", "image, unpacked", "MB", 0, "< 300 MB itself"),
    Row("render", "one render pass", "ms", 1, "< 100 ms itself"),
    *(Row(f"scale_{count}", f"boot with {count:,} accounts and aliases", "s", 2, goal) for count, goal in SCALE),
    *(row for count in (1, 100_000) for row in live_rows(count)),
    Row("login_ratio", "login at 100,000 accounts to one", "x", 2, "<= 1.2 itself"),
    Row("lookup_ratio", "alias look-up at 100,000 to one", "x", 2, "<= 1.2 itself"),
)


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
    """Return the table's word for the comparison."""
    against = comparison(row, values, subjects[0], subjects[-1]) if len(subjects) > 1 else None
    if against is None:
        return ""
    return f"{against:+.{row.decimals}f} {row.unit}".rstrip() if row.difference else f"{against:.2f} x"


def number(row: Row, value: float) -> str:
    """Return the value with its unit."""
    return f"{value:.{row.decimals}f} {row.unit}".rstrip()


def undelivered(samples: Samples) -> list[str]:
    """Return a warning for each load whose rate does not stand for all of its mails."""
    return [
        f"{key.removesuffix('_missing')}, {name}: {missing:.0f} deliveries missing in one run or more"
        for key, values in samples.items()
        if key.endswith("_missing")
        for name, runs in values.items()
        if (missing := sum(runs))
    ]


def write_json(path: Path, samples: Samples, subjects: list[Subject]) -> None:
    """The file holds every sample, the medians and the comparisons."""
    machine = {
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "docker": docker("version", "--format", "{{.Server.Version}}"),
    }
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
    path.parent.mkdir(parents=True, exist_ok=True)
    images = {subject.name: subject.image for subject in subjects}
    path.write_text(json.dumps({"machine": machine, "images": images, "measures": measured}, indent=2) + "\n")
