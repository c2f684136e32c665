from __future__ import annotations

import pytest

from mailwright.doctor.relaying import is_stranger, judged


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


def codes(networks: str, answer: bool | Exception) -> list[str]:
    asked: list[str] = []

    def is_open(address: str) -> bool:
        asked.append(address)
        if isinstance(answer, Exception):
            raise answer
        return answer

    found = [it.code for it in judged(networks, ["127.0.0.1", "172.18.0.2"], is_open)]
    assert asked == (["172.18.0.2"] if is_stranger(networks, "172.18.0.2") else [])
    return found


def test_what_is_said() -> None:
    assert codes("127.0.0.0/8", False) == []
    assert codes("127.0.0.0/8", True) == ["open-relay"]
    assert codes("127.0.0.0/8", OSError("timed out")) == ["relay-unasked"]
    assert codes("172.16.0.0/12", True) == ["relay-unasked"]
