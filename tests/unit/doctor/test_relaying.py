from __future__ import annotations

import pytest

from mailwright.doctor.relaying import is_stranger


@pytest.mark.parametrize(
    ("networks", "stranger"),
    [
        ("127.0.0.0/8 [::1]/128", True),
        ("127.0.0.0/8, !172.18.0.2, 172.18.0.0/16", True),
        ("127.0.0.0/8 172.18.0.2/32", False),
        ("172.18.0.2", False),
        ("172.16.0.0/12", False),
        ("!172.18.0.1 172.16.0.0/12", False),
        ("127.0.0.0/8 cidr:/tmp/docker-mailserver/networks", False),
    ],
)
def test_who_has_no_rights(networks: str, stranger: bool) -> None:
    """Only such a client shows an open relay."""
    assert is_stranger(networks, "172.18.0.2") is stranger
