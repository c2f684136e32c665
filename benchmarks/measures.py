"""The measures: each runs a server of its own and returns its values by the keys of report.ROWS."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median

from benchmarks.directories import directories
from benchmarks.docker import docker, log
from benchmarks.lab import Lab, first_contacts, wait_until_up
from benchmarks.live import aliases, live
from benchmarks.observe import cpu_seconds, idle_memory
from benchmarks.ratio import ratio
from benchmarks.scale import scale
from benchmarks.subject import HERE, Subject, as_shipped

Values = dict[str, float]


@dataclass(frozen=True)
class Trial:
    """One subject's turn."""

    lab: Lab
    subject: Subject
    quick: bool


@dataclass(frozen=True)
class Load:
    """Mails over 20 sessions; `kind` is explained in outside/load.py."""

    name: str
    kind: str
    mails: int
    boxes: int


# Mails before the load: the first ones start processes.
WARM_UP_MAILS = 20
LOADS = (
    Load("storm", "inbound", 3000, 1),
    Load("spread", "inbound", 2000, 10),
    Load("recipients", "recipients", 400, 10),
    Load("submission", "submission", 1000, 10),
)


def image(trial: Trial) -> Values:
    """The image, unpacked."""
    return {"image": int(docker("image", "inspect", "--format", "{{.Size}}", trial.subject.image)) / 1e6}


def life(trial: Trial) -> Values:
    """From `docker run` over an idle server and its restart to `docker stop`."""
    with trial.lab.serve(as_shipped(trial.subject)) as server:
        processes, size = idle_memory(server.container)
        restarting = time.monotonic()
        docker("restart", "--time", "60", server.container)
        wait_until_up(server.container)
        restarted = time.monotonic()
        idle_memory(server.container)
        stopping = time.monotonic()
        docker("stop", "--time", "60", server.container)
        stopped = time.monotonic()
    return {
        "boot": server.boot,
        "restart": restarted - restarting,
        "stop": stopped - stopping,
        "pss": size,
        "processes": processes,
    }


def accounts(trial: Trial) -> Values:
    """Boot with one account, and with many for comparison."""
    with trial.lab.serve(trial.subject) as server:
        one = server.boot
    values = {}
    for count in (1000,) if trial.quick else (1000, 10000):
        with trial.lab.serve(trial.subject, count) as server:
            values[f"boot_{count}"] = server.boot
            values[f"boot_{count}_to_1"] = server.boot / one
    return values


def under_load(load: Load, trial: Trial) -> Values:
    """Deliveries a second, CPU time a delivery on both sides, and what was deferred."""
    mails = load.mails // 5 if trial.quick else load.mails
    with trial.lab.serve(trial.subject, accounts=10) as server:
        idle_memory(server.container)  # the end of the boot is not part of the load
        trial.lab.load(server, load.kind, WARM_UP_MAILS, load.boxes)
        before = cpu_seconds(server.container)
        measured = trial.lab.load(server, load.kind, mails, load.boxes)
        spent = cpu_seconds(server.container) - before
        deferred = log(server.container).count("status=deferred")
    delivered = measured["delivered"] or float("nan")
    return {
        f"{load.name}_rate": delivered / (measured["seconds"] or float("nan")),
        f"{load.name}_cpu": 1000 * spent / delivered,
        f"{load.name}_generator_cpu": 1000 * measured["generator_cpu"] / delivered,
        f"{load.name}_deferred": deferred,
        f"{load.name}_missing": measured["missing"],
    }


def first(trial: Trial) -> Values:
    """A stranger's first mail, until it is in the mailbox: the median of nine, with every process running already."""
    with trial.lab.serve(trial.subject) as server:
        idle_memory(server.container)
        return {"first": 1000 * median(first_contacts(server, 10)[1:])}


def render(trial: Trial) -> Values:
    """One pass over Mailwright's pipeline; none for the bare server."""
    if trial.subject.name.startswith("bare"):
        return {}
    script = (HERE / "render_pass.py").read_text()
    with trial.lab.serve(trial.subject, accounts=10) as server:
        return {"render": float(docker("exec", "--interactive", server.container, "python3", "-", script=script))}


def without_bare(measure: Callable[[Lab, Subject, bool], Values], trial: Trial) -> Values:
    """The values of a measure that the bare server does not have; none for the bare server."""
    return {} if trial.subject.name.startswith("bare") else measure(trial.lab, trial.subject, trial.quick)


MEASURES: dict[str, Callable[[Trial], Values]] = {
    "image": image,
    "life": life,
    "accounts": accounts,
    **{load.name: partial(under_load, load) for load in LOADS},
    "first": first,
    "render": render,
    "scale": lambda trial: scale(trial.lab, trial.subject, trial.quick),
    "live": partial(without_bare, live),
    "aliases": partial(without_bare, aliases),
    "ratio": partial(without_bare, ratio),
    "directories": partial(without_bare, directories),
}
