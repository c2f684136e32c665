"""Small reads: asyncio's own way to read makes room for 256 kB each time, and gives it back."""

from __future__ import annotations

import asyncio

SIZE = 1 << 16  # bytes that are read at once


class Reading(asyncio.BufferedProtocol):
    """A connection whose bytes come to ``data_received`` by way of one buffer, which all of them share."""

    buffer = memoryview(bytearray(SIZE))

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  asyncio's signature
        """Where the next bytes go."""
        return self.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """So many bytes have come."""
        self.data_received(bytes(self.buffer[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Takes what has come."""
        raise NotImplementedError
