"""metrics: collects all numbers once, writes them to stdout as OpenMetrics text, and ends.

The watching process starts it for each scrape, with the web server's connection as stdout. It reads nothing from there.
It runs as root: queue, log and supervisord are root's. What was counted is kept in a file until the container ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mailwright.core import paths
from mailwright.core.problems import printable
from mailwright.formats.mail_log import events
from mailwright.host.commands import run
from mailwright.host.files import lock_file
from mailwright.host.log_line import line
from mailwright.host.supervisor import supervisor
from mailwright.metrics import certificates, exposition, queue, rspamd, services
from mailwright.metrics.exposition import Histogram, Sample
from mailwright.metrics.following import Follower
from mailwright.metrics.kept import Kept

SECONDS, ALTOGETHER = 3.0, 8.0  # for a source, and for all of them; the web server waits for nine
VOLUMES = {"mail": paths.MAIL, "state": paths.STATE, "log": paths.LOG}
DOVEADM = ("/usr/bin/doveadm", "-f", "tab", "who")
Samples = Iterable[Sample | Histogram]


class Collection:
    """The samples of one scrape. A source that fails costs only its own."""

    def __init__(self, facts: Mapping[str, Any], kept: Kept, now: float) -> None:
        self.facts, self.kept, self.now = facts, kept, now
        self.since: float | None = None  # when the container's services started
        self.deadline = time.monotonic() + ALTOGETHER
        self.samples: list[Sample | Histogram] = []
        self.failed: dict[str, str] = {}  # source → why

    def sources(self) -> dict[str, Callable[[], Samples]]:
        """Name → what gives its samples. The services are asked before the log: they say since when it counts."""
        sources: dict[str, Callable[[], Samples]] = {
            "configuration": self.configuration,
            "services": self.services,
            "log": self.log,
            "queue": lambda: queue.samples(Path(paths.QUEUE), self.now),
            "connections": lambda: services.connections(ports()),
            "volumes": lambda: services.volumes(VOLUMES),
        }
        if self.facts["ordered"]:
            sources["certificates"] = lambda: certificates.samples(self.facts["ordered"])
        if self.facts["dovecot"]:
            sources["sessions"] = self.sessions
        if self.facts["rspamd"]:
            sources["filter"] = lambda: rspamd.samples(rspamd.stat(self.facts["rspamd"]))
        return sources

    def ask(self, name: str, source: Callable[[], Samples]) -> None:
        """The samples have those of ``source``, or say that it failed."""
        left = self.deadline - time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, max(0.1, min(SECONDS, left)))
        found: list[Sample | Histogram] = []
        try:
            found += source()
        except Exception as error:  # noqa: BLE001  an unforeseen one must not take the other sources along
            self.failed[name] = str(error) or type(error).__name__
            found = []
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        self.samples += [Sample("source_up", int(name not in self.failed), (name,)), *found]

    def configuration(self) -> Samples:
        """What the last pass left."""
        return services.configuration(json.loads(Path(paths.OUTCOME).read_text(encoding="utf-8")), self.facts)

    def services(self) -> Samples:
        """What supervisord says."""
        states = supervisor().getAllProcessInfo()
        self.since = min((state["start"] for state in states if state["start"]), default=None)
        return services.services(states)

    def sessions(self) -> Samples:
        """What Dovecot says."""
        done = run(DOVEADM, limit=SECONDS)
        if not done:
            raise OSError(done.reason)
        return services.sessions(done.output)

    def log(self) -> Samples:
        """What the log says, added to what it said before."""
        counts = self.kept.counts
        if self.kept.position is None and self.since is None:
            raise Late("waits for supervisord, which says since when to count")
        follower = Follower(Path(paths.LOG, "mail.log"), self.kept.position, self.since or self.now)
        for event in events(follower.lines()):
            counts.add(event)
        counts.resolve_older(self.now)
        self.kept.position = follower.position
        return [*counts.samples(), Sample("log_unread_bytes", follower.unread)]


def ports() -> dict[str, str]:
    """Number → name of each port that is open here: the lines of the probes say so to the health check."""
    lines = Path("/etc", paths.PROBES).read_text(encoding="utf-8").splitlines()
    return {words[3]: words[1] for words in map(str.split, lines)}


class Late(Exception):  # noqa: N818  no OSError, which others handle as their own
    """A source takes too long."""


def late(*_: object) -> None:
    """Raises Late."""
    raise Late("takes too long")


def main(now: float) -> str:
    """The exposition."""
    began = time.perf_counter()
    facts = json.loads(Path("/etc", paths.METRICS).read_text(encoding="utf-8"))
    path = Path(paths.METRICS_COUNTED)
    with lock_file(f"{path}.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = Kept.load(path)
        collection = Collection(facts, kept, now)
        for name, source in collection.sources().items():
            collection.ask(name, source)
        for name, why in collection.failed.items():
            if name not in kept.failed:
                sys.stderr.write(line("metrics", printable(f"warn: no numbers of {name}: {why}")))
        if "log" in collection.failed:
            kept = Kept.load(path)  # lines that were counted half-way are counted the next time
        kept.failed = list(collection.failed)
        kept.save(path)
    collection.samples.append(Sample("collect_seconds", round(time.perf_counter() - began, 6)))
    return exposition.text(collection.samples)


def give(answer: bytes) -> None:
    """Writes the answer to stdout. A client that does not read must not hold up the next one."""
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    with suppress(OSError, Late):
        while answer:
            answer = answer[os.write(1, answer) :]


if __name__ == "__main__":
    try:
        signal.signal(signal.SIGALRM, late)
        give(main(time.time()).encode())
    except Exception as error:  # noqa: BLE001  the door: nothing else would catch it
        from mailwright.host.failures import problem

        sys.exit(line("metrics", f"error: {problem(error)}").rstrip())
