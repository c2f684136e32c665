from __future__ import annotations

import string

import pytest

from mailwright.dns.questions import ask_in_rounds
from mailwright.doctor import Diagnosis, Finding, examination
from mailwright.doctor.catalogue import DIAGNOSES, domain
from mailwright.formats.dkim_keys import SigningKey
from tests.repository.source import ROOT
from tests.unit.dns.test_questions import World
from tests.unit.doctor.zone import codes
from tests.unit.operator import ACCOUNTS, mailserver, reading


def test_all_domains_are_asked_at_once() -> None:
    names = [f"d{number}.test" for number in range(1000)]
    server = mailserver({"postfix-accounts.cf": "".join(f"a@{name}|{{SHA512-CRYPT}}$6$x$y\n" for name in names)})
    keys = [SigningKey("d0.test", "mail", "v=DKIM1; k=rsa; p=AAAA", "x")]
    world = World("")
    zones = examination.zones(server, names, keys)
    findings = ask_in_rounds(lambda lookups: examination.domain_findings(zones, lookups), world.ask_all)
    assert len(world.rounds) <= 3
    assert len({finding.area for finding in findings}) == 1000
    assert codes(findings).count("dkim-none") == 999


def test_a_server_without_anything_published() -> None:
    world = World("")
    findings = ask_in_rounds(lambda lookups: examination.host_findings(mailserver(ACCOUNTS), lookups), world.ask_all)
    assert codes(findings) == ["host-no-address"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"ENABLE_AMAVIS": "1"}, ["submissions-off"]),
        ({"ONE_DIR": "1"}, ["submissions-off"]),
        ({"ENABLE_AMAVIS": "1", "ENABLE_SUBMISSIONS": "0"}, []),
        ({"ENABLE_AMAVIS": "1", "ENABLE_SUBMISSIONS": "1"}, []),
        ({"ENABLE_RSPAMD": "1", "PERMIT_DOCKER": "none"}, []),
        ({}, []),
    ],
)
def test_port_465_that_was_on_before_the_move(variables: dict[str, str], expected: list[str]) -> None:
    stated = reading(ACCOUNTS, **variables).variables.values
    assert codes(examination.submissions(mailserver(ACCOUNTS, **variables), stated)) == expected


def unanswered(name: str, question: str, reason: str = "no answer") -> Finding:
    return domain.DOMAIN_UNASKED.finding(f"{question} {name}", domain=name, question=question, reason=reason)


def test_unanswered_questions_of_a_domain_are_one_line() -> None:
    other = domain.MX_MISSING.finding(domain="a.test", line="x")
    findings = examination.summarized(
        [other, unanswered("a.test", "MX"), unanswered("a.test", "TXT"), unanswered("b.test", "MX", "SERVFAIL")]
    )
    assert [(finding.area, finding.what) for finding in findings] == [
        ("domain a.test", "the MX record is missing"),
        ("domain a.test", "MX a.test, TXT a.test: no answer"),
        ("domain b.test", "MX b.test: SERVFAIL"),
    ]


def test_many_domains_without_an_answer_are_one_line() -> None:
    findings = examination.summarized([unanswered(f"{name}.test", kind) for name in "abcdef" for kind in ("MX", "TXT")])
    assert [(finding.code, finding.what) for finding in findings] == [("domains-unasked", "6 domains: no answer")]


def test_every_diagnosis_has_a_code_of_its_own_and_a_test() -> None:
    names = codes(diagnosis.finding("", **dict.fromkeys(_words(diagnosis), 0.0)) for diagnosis in DIAGNOSES)
    assert len(set(names)) == len(names)
    tests = "\n".join(
        path.read_text() for room in ("unit/doctor", "container") for path in (ROOT / "tests" / room).glob("test_*.py")
    )
    assert [name for name in names if name not in tests] == []
    assert [diagnosis.code for diagnosis in DIAGNOSES if diagnosis.level == "finding" and not diagnosis.cure] == []


def _words(diagnosis: Diagnosis) -> set[str]:
    """The words in braces of a diagnosis."""
    texts = (diagnosis.area, diagnosis.what, diagnosis.cure)
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}
