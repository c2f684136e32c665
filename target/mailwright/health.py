"""The health check's former name, which copies of compose.yaml still run: ``python3 -m mailwright.health``."""

from __future__ import annotations

import sys

from mailwright.host.failures import guarded
from mailwright.programs.health import main

if __name__ == "__main__":
    sys.exit(guarded(main, print))
