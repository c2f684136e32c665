"""A DNS server for a container: ``python3 resolver.py dead|servfail|slow``."""

import socket
import sys
import threading
import time

CODES = {"servfail": 2, "slow": 3}  # RFC 1035, section 4.1.1
SLOW = 3.0  # seconds


def answer(server: socket.socket, question: bytes, client: tuple[str, int], how: str) -> None:
    """Sends the question back with a code."""
    if how == "slow":
        time.sleep(SLOW)
    flags = bytes([0x80 | question[2] & 0x01, 0x80 | CODES[how]])
    end = 12
    while question[end]:
        end += question[end] + 1
    server.sendto(question[:2] + flags + b"\0\1\0\0\0\0\0\0" + question[12 : end + 5], client)


def main(how: str) -> None:
    """Answers for ever."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("", 53))
    while True:
        question, client = server.recvfrom(4096)
        if how != "dead":
            threading.Thread(target=answer, args=(server, question, client, how), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1])
