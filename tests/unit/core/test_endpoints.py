from __future__ import annotations

import pytest

from mailwright.core.endpoints import Address, Inet, Unix


@pytest.mark.parametrize(
    ("address", "plain", "postfix", "sasl", "folder"),
    [
        (Unix("/run/a/b.sock"), "/run/a/b.sock", "unix:/run/a/b.sock", "/run/a/b.sock", "/run/a"),
        (Inet("a.example", 24), "a.example:24", "inet:a.example:24", "inet:a.example:24", ""),
        (Inet("2001:db8::1", 24), "[2001:db8::1]:24", "inet:[2001:db8::1]:24", "inet:[2001:db8::1]:24", ""),
    ],
)
def test_each_daemon_s_way_to_write_an_address(
    address: Address, plain: str, postfix: str, sasl: str, folder: str
) -> None:
    assert (str(address), address.postfix, address.dovecot_sasl, address.folder) == (plain, postfix, sasl, folder)
    assert bool(address.path) is isinstance(address, Unix)
