"""``python -m mailwright`` is the command ``mailwright``."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command. The container's own command stays in memory as supervisord, so it imports no command line."""
    if sys.argv[1:] == ["boot"]:
        from mailwright.programs import start

        sys.exit(start.main())
    from mailwright.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
