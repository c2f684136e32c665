"""Measure a bare Postfix and Dovecot and Mailwright in turn, print a table, write JSON; nothing is asserted."""

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.docker import DockerError, image_exists
from benchmarks.lab import Lab, open_lab
from benchmarks.measures import MEASURES, Trial
from benchmarks.regression import changes, lines, other_machine, stored
from benchmarks.report import Samples, run, table, undelivered, write_json
from benchmarks.subject import HERE, Subject, bare, bare_filtered, mailwright


def arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run with few mails, to see whether it works")
    parser.add_argument("--runs", type=int, help="how often each measure is run (default 5, quick 1)")
    parser.add_argument("--only", action="append", choices=MEASURES, metavar="NAME", help=", ".join(MEASURES))
    parser.add_argument("--filters", action="store_true", help="both sides with Rspamd, else both without")
    parser.add_argument("--image", default="mailwright:latest", help="the image to measure (default %(default)s)")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="say what changed since the run with this JSON")
    parser.add_argument("--json", type=Path, help="where the JSON goes (default benchmarks/results/TIME.json)")
    return parser.parse_args()


def measure(lab: Lab, subjects: list[Subject], names: list[str], runs: int, quick: bool) -> Samples:
    """Return all samples; within a run the subjects take turns measure by measure."""
    samples: Samples = {}
    for subject in subjects:
        with lab.serve(subject):  # the first start reads the image from disk
            pass
    for number in range(1, runs + 1):
        for name in names:
            for subject in subjects:
                print(f"run {number} of {runs}: {name}, {subject.name}", file=sys.stderr, flush=True)
                for key, value in MEASURES[name](Trial(lab, subject, quick)).items():
                    samples.setdefault(key, {}).setdefault(subject.name, []).append(value)
    return samples


def main() -> int:
    """Run the benchmarks that the command line asks for."""
    options = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # removes the lab as on Ctrl-C
    runs = options.runs or (1 if options.quick else 5)
    try:
        before = stored(options.compare) if options.compare else None
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    path = options.json or HERE / "results" / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    try:
        subjects = [bare_filtered() if options.filters else bare()]
        if image_exists(options.image):
            subjects.append(mailwright(options.image, filters=options.filters))
        else:
            print(f"there is no image {options.image} (make image builds it): only bare is measured", file=sys.stderr)
        with open_lab() as lab:
            samples = measure(lab, subjects, options.only or list(MEASURES), runs, options.quick)
        now = run(samples, subjects)
        write_json(path, now)
        print(f"medians of {runs} interleaved runs\n\n{table(samples, [subject.name for subject in subjects])}\n")
        print("\n".join([*undelivered(samples), str(path)]))
    except DockerError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return compare(before, now, subjects[-1].name) if before else 0


def compare(before: dict[str, Any], now: dict[str, Any], subject: str) -> int:
    """Print what changed since the stored run; 1 if something costs more CPU time."""
    found = changes(before, now, subject)
    print(f"\nsince {before.get('taken', 'an undated run')}, commit {before.get('commit', 'unknown')}:")
    print("\n".join(lines(found)))
    if differs := other_machine(before, now):
        print(f"the stored run is of another machine, so the change says little: {differs}")
    return int(any(change.is_worse for change in found))


if __name__ == "__main__":
    sys.exit(main())
