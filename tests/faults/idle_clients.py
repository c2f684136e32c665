"""Idle clients: ``python3 idle_clients.py HOST PORT COUNT ADDRESS...`` opens COUNT connections from these addresses.

Prints how many are open at the end of each second. Whoever is sent away comes back after half a minute on average: at
once, it would be a flood of connections, which is another attack.
"""

import asyncio
import itertools
import random
import ssl
import sys

TLS = (465, 993, 995)
AWAY = (15.0, 45.0)  # seconds


async def stay(host: str, port: int, address: str, counter: set[int], number: int) -> None:
    """Connects, says nothing, and connects again when the server closes."""
    context = ssl.create_default_context() if port in TLS else None
    if context:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    while True:
        try:
            reader, writer = await asyncio.open_connection(host, port, local_addr=(address, 0), ssl=context)
        except OSError:
            await asyncio.sleep(random.uniform(*AWAY))
            continue
        counter.add(number)
        try:
            while await reader.read(1000):
                pass
        except OSError:
            pass
        counter.discard(number)
        writer.close()
        await asyncio.sleep(random.uniform(*AWAY))


async def main(host: str, port: int, count: int, addresses: list[str]) -> None:
    """Opens 200 a second, so that the clients are idle and no flood."""
    counter, tasks = set[int](), []
    for number, address in zip(range(count), itertools.cycle(addresses), strict=False):
        tasks.append(asyncio.create_task(stay(host, port, address, counter, number)))
        if number % 200 == 199:
            await asyncio.sleep(1)
            print(len(counter), flush=True)
    while True:
        await asyncio.sleep(1)
        print(len(counter), "all", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]))
