"""Two hundred accounts added at once, some of the commands killed: the file is whole, and each add is there or not."""

from __future__ import annotations

from collections.abc import Iterator

from tests.container.lab import Lab
from tests.faults.bench import HEALTH, Bench
from tests.faults.table import Row

ADDS, AT_ONCE = 200, 40
# The exit code of each command, while one of those that run is killed every half second.
SCRIPT = """
running() {{ pgrep -f '^[^ ]*python3[^ ]* [^ ]*setup email add' | shuf -n 1; }}
( while sleep 0.5; do pid=$(running) && kill -KILL "$pid" && echo x >>/tmp/kills; done ) 2>/dev/null & killer=$!
seq {adds} | xargs -P {at_once} -I N sh -c 'setup email add addN@example.test secret >/tmp/said.N 2>&1; echo "N $?"'
kill $killer
"""
FILE = "/tmp/docker-mailserver/postfix-accounts.cf"


def rows(lab: Lab, _rounds: int) -> Iterator[Row]:
    """One row: how many commands said that the account is there, and how many accounts are."""
    bench = Bench(lab, "edits", env={"ENABLE_RSPAMD": "0"})
    row = Row(f"{ADDS} adds", 1)
    said = bench.server.run("sh", "-c", SCRIPT.format(adds=ADDS, at_once=AT_ONCE)).splitlines()
    codes = {int(words[0]): int(words[1]) for words in map(str.split, said) if len(words) == 2}
    lines = bench.server.run("cat", FILE).splitlines()
    there = {line.split("@")[0] for line in lines}
    kills = bench.server.run("sh", "-c", "wc -l </tmp/kills", check=False).strip()
    done = {number for number, code in codes.items() if code == 0}
    row.fault += f" ({kills} kills; {len(done)} said done, {len(there & {f'add{n}' for n in codes})} are there)"
    row.broken += [f"add {number} said done, and is not there" for number in done if f"add{number}" not in there]
    row.broken += [f"a broken line: {line[:60]}" for line in lines if "|{" not in line]
    row.broken += [f"twice in the file: {line[:60]}" for line in {line for line in lines if lines.count(line) > 1}]
    bench.server.run("mailwright", "check")
    row.health = bench.server.run(*HEALTH, check=False).strip()
    yield row.judge()
    lab.forget(bench.server)
