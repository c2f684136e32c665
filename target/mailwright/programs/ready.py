"""ready: says once in the log that the server is up, as docker-mailserver does. Scripts wait for this line.

boot starts it as ``python3 -m mailwright.programs.ready NAME``; it ends when the health check passes, or gives up.
"""

from __future__ import annotations

import subprocess
import sys
import time

HEALTH = (sys.executable, "-m", "mailwright.programs.health")
PATIENCE = 300.0  # seconds
PAUSES = (1.0, 0.5, 0.5, 1.0, 1.0, 2.0, 4.0)  # then 10 seconds; the first is about what a start takes


def is_healthy() -> bool:
    """Whether the health check passes."""
    done = subprocess.run(HEALTH, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603
    return done.returncode == 0


def main(hostname: str) -> int:
    """Waits for a healthy server and prints the line; 1 if it does not become healthy."""
    begin, pauses = time.monotonic(), iter(PAUSES)
    while time.monotonic() - begin < PATIENCE:
        time.sleep(next(pauses, 10.0))
        if is_healthy():
            from mailwright.host.log_line import line

            sys.stdout.write(line("mailwright", f"{hostname} is up and running"))
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
