from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailwright.dns import authority, resolver
from mailwright.dns.questions import Unanswered
from mailwright.dns.resolver import Resolver
from tests.unit.dns.server import AUTHORITATIVE, VALIDATED, Zone, serving

pytestmark = pytest.mark.usefixtures("loopback")
HOST = "mail.example.com"
ROOT = {"A a.root-servers.net": ("198.41.0.4",)}
SOA = {"SOA .": ("a.root-servers.net. nstld.example. 1 2 3 4 5",)}


@contextmanager
def configured(patch: pytest.MonkeyPatch, folder: Path, zone: Zone, address: str = "127.0.0.1") -> Iterator[Resolver]:
    """A Resolver whose only name server serves ``zone``."""
    (folder / "resolv.conf").write_text(f"nameserver {address}\n")
    patch.setattr(resolver, "RESOLV_CONF", folder / "resolv.conf")
    with serving(zone, address) as port:
        patch.setattr(authority, "PORT", port)
        yield Resolver(HOST)


def test_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    zone = Zone({"MX a.test": ("10 mx.a.test.",), "TXT a.test": ('"v=spf1 " "mx -all"',)}, fails=("broken.test",))
    with configured(monkeypatch, tmp_path, zone) as asked:
        answers = asked.ask_all([("a.test", "MX"), ("a.test", "TXT"), ("a.test", "A"), ("broken.test", "A")])
    assert answers == {
        ("a.test", "MX"): ("10 mx.a.test.",),
        ("a.test", "TXT"): ("v=spf1 mx -all",),
        ("a.test", "A"): (),
        ("broken.test", "A"): Unanswered("the resolver answered SERVFAIL or REFUSED"),
    }


def test_a_name_that_dns_cannot_hold_is_unanswered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with configured(monkeypatch, tmp_path, Zone({})) as asked:
        (answer,) = asked.ask_all([("a" * 64 + ".test", "A")]).values()
    assert answer == Unanswered("the question to the resolver failed (LabelTooLong)")


def test_a_resolver_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resolver, "TIMEOUT", 0.1)
    with configured(monkeypatch, tmp_path, Zone({}, silent=True)) as asked:
        answers = asked.ask_all([("a.test", "A")])
    assert answers == {("a.test", "A"): Unanswered("the resolver did not answer within 0 s")}


def test_no_question_is_asked_after_the_time_for_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resolver, "TOTAL_TIMEOUT", 0.0)
    with configured(monkeypatch, tmp_path, Zone({"A a.test": ("192.0.2.1",)})) as asked:
        answers = asked.ask_all([("a.test", "A")])
    assert answers == {("a.test", "A"): Unanswered("the time limit for all questions (0 s) was over")}


def test_a_container_without_a_resolver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").write_text("")
    monkeypatch.setattr(resolver, "RESOLV_CONF", tmp_path / "resolv.conf")
    assert Resolver(HOST).trial().answer == Unanswered("the container has no resolver")


@pytest.mark.parametrize(("flag", "dane", "validates"), [(VALIDATED, True, True), (0, True, False), (0, False, True)])
def test_the_trial_shows_whether_dnssec_is_validated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, flag: int, dane: bool, validates: bool
) -> None:
    with configured(monkeypatch, tmp_path, Zone(ROOT | SOA, flag)) as asked:
        trial = asked.trial(dane)
    assert (trial.answer, trial.servers, trial.validates) == (("198.41.0.4",), ("127.0.0.1",), validates)


def test_dockers_resolver_is_not_asked_for_the_host_names_addresses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    docker = "127.0.0.11"
    records = {f"A {HOST}": ("172.18.0.2",), f"ANY {HOST}": ("192.0.2.25",), "A other.test": ("192.0.2.9",)}
    with configured(monkeypatch, tmp_path, Zone(records), docker) as asked:
        answers = asked.ask_all([(HOST, "A"), ("other.test", "A")])
    assert answers == {(HOST, "A"): ("192.0.2.25",), ("other.test", "A"): ("192.0.2.9",)}
    with configured(monkeypatch, tmp_path, Zone(records, AUTHORITATIVE)) as asked:
        assert asked.ask_all([(HOST, "A")]) == {(HOST, "A"): ("172.18.0.2",)}
