"""The three greetings that show that a server is up."""

import socket
import ssl
import time

GREETINGS = ((25, b"220 "), (587, b"220 "), (993, b"* OK"))
POLL = 0.005


def greeted(address: str, deadline: float) -> bool:
    """True once every port of GREETINGS has greeted, False after the deadline (a time of `time.monotonic`)."""
    for port, greeting in GREETINGS:
        while not greets(address, port, greeting):
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL)
    return True


def greets(address: str, port: int, greeting: bytes) -> bool:
    """True when the server sends its greeting on that port."""
    try:
        # A container whose network is not up yet drops the SYN: a short wait, then a new one.
        with socket.create_connection((address, port), timeout=0.1) as plain:
            plain.settimeout(30)
            if port != 993:
                return plain.recv(512).startswith(greeting)
            with tls_of_any_name().wrap_socket(plain) as connection:
                return connection.recv(512).startswith(greeting)
    except OSError:
        return False


def tls_of_any_name() -> ssl.SSLContext:
    """Return a TLS context that accepts a self-signed certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
