from __future__ import annotations

import pytest

from mailwright.dns import authority
from mailwright.dns.questions import Answer, Unanswered
from tests.unit.dns.server import AUTHORITATIVE, Zone, serving
from tests.unit.doctor.zone import dns

pytestmark = pytest.mark.usefixtures("loopback")
HOST = "mail.example.com"
# The name servers of the zone, as the container's resolver gives them; the test server has this address.
DELEGATED = "NS example.com ns.example.com.\nA ns.example.com 127.0.0.1"
ADDRESSES: dict[str, tuple[str, ...]] = {f"A {HOST}": ("192.0.2.25",), f"AAAA {HOST}": ("2001:db8::25",)}
BOTH: dict[str, tuple[str, ...]] = {f"ANY {HOST}": ("192.0.2.25", "2001:db8::25")}


def addresses(
    monkeypatch: pytest.MonkeyPatch, zone: Zone, kind: str, resolver: str = DELEGATED, docker: str = "127.0.0.1"
) -> Answer:
    """The addresses of HOST from ``zone``, which is served to name servers' clients and to Docker's alike."""
    with serving(zone) as port:
        monkeypatch.setattr(authority, "PORT", port)
        monkeypatch.setattr(authority, "TIMEOUT", 0.2)
        monkeypatch.setattr(authority, "DOCKER_RESOLVER", docker)
        return authority.addresses(HOST, kind, dns(resolver))


@pytest.mark.parametrize(("kind", "expected"), [("A", ("192.0.2.25",)), ("AAAA", ("2001:db8::25",))])
def test_the_name_server_of_the_zone_is_asked(
    monkeypatch: pytest.MonkeyPatch, kind: str, expected: tuple[str, ...]
) -> None:
    assert addresses(monkeypatch, Zone(ADDRESSES, AUTHORITATIVE), kind) == expected


def test_a_name_without_an_address_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert addresses(monkeypatch, Zone({}, AUTHORITATIVE), "A") == ()


@pytest.mark.parametrize(("kind", "expected"), [("A", ("192.0.2.25",)), ("AAAA", ("2001:db8::25",))])
def test_a_server_without_authority_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, kind: str, expected: tuple[str, ...]
) -> None:
    wrong: dict[str, tuple[str, ...]] = {f"A {HOST}": ("172.18.0.2",), f"AAAA {HOST}": ("fd00::2",)}
    assert addresses(monkeypatch, Zone(wrong | BOTH), kind) == expected


def test_a_zone_without_known_name_servers_is_asked_through_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    assert addresses(monkeypatch, Zone(ADDRESSES | BOTH), "A", resolver="") == ("192.0.2.25",)


def test_an_answer_of_another_type_to_any_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert addresses(monkeypatch, Zone({}), "A", resolver="") == ()


def test_no_server_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    zone = Zone(ADDRESSES | BOTH, fails=(HOST,))
    answer = addresses(monkeypatch, zone, "A")
    assert isinstance(answer, Unanswered)
    assert answer.reason.startswith("Docker answers with the container's internal address")
