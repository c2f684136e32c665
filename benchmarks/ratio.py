"""Costs that must not depend on the number of accounts: two servers, with one account and with many, take turns."""

import time
from collections.abc import Callable
from functools import partial
from statistics import median

from benchmarks.client import logs_in, takes
from benchmarks.docker import address
from benchmarks.lab import Lab, Server
from benchmarks.observe import cpu_seconds, idle_cpu, watching
from benchmarks.population import ONE, alias, box, folder, many
from benchmarks.subject import Subject

Values = dict[str, float]
Cost = tuple[float, float]  # milliseconds, and milliseconds of the server's CPU time, for each
ROUNDS = 5
CONNECTIONS = 40
MAILS = 400
SEVERAL = 20


def cost(server: Server, times: int, run: Callable[[], float]) -> Cost:
    """The cost of each of `times` actions; `run` does all of them and returns the seconds."""
    before = cpu_seconds(server.container)
    took = run()
    return 1000 * took / times, 1000 * (cpu_seconds(server.container) - before) / times


def one_by_one(done: Callable[[str, str], bool], ip: str, names: list[str]) -> float:
    """The seconds of a connection for each name, one after another; nan if one of them is refused."""
    started = time.monotonic()
    refused = sum(not done(ip, name) for name in names)
    return float("nan") if refused else time.monotonic() - started


def delivered(lab: Lab, server: Server, kind: str) -> float:
    """The seconds of a load on one mailbox, over 20 sessions; nan if a mail is missing."""
    measured = lab.load(server, kind, MAILS, 1)
    return float("nan") if measured["missing"] else measured["seconds"]


def costs(lab: Lab, server: Server, count: int) -> dict[str, Cost]:
    """One round on one server; with many accounts, those that log in are far apart in the file."""
    ip = address(server.container)
    spread = [number * (count // SEVERAL) for number in range(SEVERAL)] if count > ONE else [0] * SEVERAL
    several = [spread[number % SEVERAL] for number in range(CONNECTIONS)]
    return {
        "login": cost(server, CONNECTIONS, partial(one_by_one, logs_in, ip, [box(0)] * CONNECTIONS)),
        "logins": cost(server, CONNECTIONS, partial(one_by_one, logs_in, ip, [box(number) for number in several])),
        "lookup": cost(server, CONNECTIONS, partial(one_by_one, takes, ip, [alias(number) for number in several])),
        "delivery": cost(server, MAILS, partial(delivered, lab, server, "inbound")),
        "by_alias": cost(server, MAILS, partial(delivered, lab, server, "alias")),
    }


def ratio(lab: Lab, subject: Subject, quick: bool) -> Values:
    """Logins, look-ups and deliveries on both servers, and the costs of many accounts against one, by round."""
    count = many(quick)
    with (
        lab.serve(subject, config=folder(lab, ONE)) as small,
        lab.serve(subject, config=folder(lab, count)) as large,
    ):
        servers = {ONE: small, count: large}
        for size, server in servers.items():
            idle_cpu(watching(server.container), 1.0)
            costs(lab, server, size)  # the first login makes a mailbox
        rounds = []
        for number in range(1 if quick else ROUNDS):
            order = sorted(servers, reverse=bool(number % 2))
            rounds.append({size: costs(lab, servers[size], size) for size in order})
    return {key: value for name in rounds[0][ONE] for key, value in compared(rounds, name, count).items()}


def compared(rounds: list[dict[int, dict[str, Cost]]], name: str, count: int) -> Values:
    """The medians of one kind over the rounds: milliseconds at each size, and the ratios of time and CPU time."""
    values = {f"{name}_ms_{size}": median(by_size[size][name][0] for by_size in rounds) for size in (ONE, count)}
    for key, part in ((f"{name}_ratio", 0), (f"{name}_cpu_ratio", 1)):
        values[key] = median(sizes[count][name][part] / sizes[ONE][name][part] for sizes in rounds)
    return values
