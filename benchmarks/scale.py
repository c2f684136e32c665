"""What a hundred thousand accounts and aliases cost: the boot, the memory, and the watching for changes."""

from benchmarks.lab import Lab
from benchmarks.observe import asleep, idle_cpu, idle_memory, memory_of
from benchmarks.population import MANY, ONE, folder, many
from benchmarks.subject import Subject

Values = dict[str, float]
COUNTS = (ONE, 1_000, 10_000, MANY)
IDLE = 20.0  # seconds over which the watching process's CPU time is measured


def scale(lab: Lab, subject: Subject, quick: bool) -> Values:
    """Boot by the number of accounts and aliases, and the idle costs of the smallest and the largest server."""
    if subject.name.startswith("bare"):  # has neither aliases nor Mailwright's files
        with lab.serve(subject) as server:
            return {f"scale_{ONE}": server.boot}
    values: Values = {}
    for count in (count for count in COUNTS if count <= many(quick)):
        with lab.serve(subject, config=folder(lab, count)) as server:
            values[f"scale_{count}"] = server.boot
            if count in (ONE, many(quick)):
                values |= idle(server.container, count)
    values["scale_over"] = values[f"scale_{many(quick)}"] - values[f"scale_{ONE}"]
    return values


def idle(container: str, key: int | str) -> Values:
    """What the server costs while nobody uses it, by keys that end with ``key``."""
    watch = asleep(container)  # it may make a pass after the boot
    _, size = idle_memory(container)
    return {
        f"pss_{key}": size,
        f"watch_pss_{key}": memory_of(watch),
        f"watch_cpu_{key}": idle_cpu(watch, IDLE),
    }
