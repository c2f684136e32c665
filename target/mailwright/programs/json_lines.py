"""json_lines: standard input as lines of the stream, with LOG_FORMAT=json. boot starts it for user-patches.sh.

It runs as ``python3 -m mailwright.programs.json_lines PROGRAM``, and ends with the last program that writes to it.
"""

from __future__ import annotations

import sys
from typing import BinaryIO

from mailwright.host.json_line import of_bytes

LONGEST = 8192  # bytes of a line


def main(program: str, given: BinaryIO, stream: BinaryIO) -> None:
    """Each line that is ``given`` is one of ``stream``, in one piece, as soon as it comes."""
    while text := given.readline(LONGEST):
        stream.write(of_bytes(program, text))
        stream.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
