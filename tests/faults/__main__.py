"""Breaks things under load, prints a table, and fails on a broken promise: ``make faults FAULTS="--only kill"``."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from tests.container.lab import Lab
from tests.faults import clocks, crowd, daemons, edits, ends, limits, neighbours, relays, snapshot, volumes
from tests.faults.table import Row, markdown

Rows = Callable[[Lab, int], Iterator[Row]]
GROUPS: dict[str, Rows] = {
    **{name: partial(ends.rows_of, name) for name in ends.KINDS},
    "daemons": daemons.rows,
    "volumes": volumes.rows,
    "limits": limits.rows,
    "neighbours": neighbours.rows,
    "relays": relays.rows,
    "clock": clocks.rows,
    "crowd": crowd.rows,
    "edits": edits.rows,
    "disk": snapshot.rows,
}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", action="append", choices=GROUPS, metavar="NAME", help=", ".join(GROUPS))
    parser.add_argument("--rounds", type=int, default=3, help="of each fault (default %(default)s)")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="of the random moments")
    return parser.parse_args()


def main() -> int:
    """Runs what the command line asks for."""
    options = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # removes the lab as on Ctrl-C
    random.seed(options.seed)
    print(f"seed {options.seed}", file=sys.stderr)
    rows, lab = list[Row](), Lab()
    try:
        lab.open()
        for name in options.only or GROUPS:
            for row in GROUPS[name](lab, options.rounds):
                rows.append(row)
                print("\t".join(row.cells()), *row.broken, *row.slow, sep="\n  ", file=sys.stderr, flush=True)
    finally:
        lab.close()
        print(markdown(rows))
    broken = [f"{row.fault}: {promise}" for row in rows for promise in (*row.broken, *row.slow)]
    print("\n".join(broken) or "every promise held")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
