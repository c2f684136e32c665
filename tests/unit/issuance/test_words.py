from __future__ import annotations

import pytest

from mailwright.issuance import words
from mailwright.issuance.request import OURS, Failure


@pytest.mark.parametrize(
    ("failure", "challenge", "said"),
    [
        (Failure("connection", "Timeout"), "http-01", ["port 80 of a.test", '"Timeout"', "firewall"]),
        (Failure("unauthorized", "404"), "http-01", ["another web server answered for a.test"]),
        (Failure("unauthorized", "x"), "dns-01", ["_acme-challenge.a.test", "acme-dns-hook"]),
        (Failure("caa"), "http-01", ["CAA", "hint: add a record"]),
        (Failure("rateLimited", "x"), "http-01", ["limits how often"]),
        (Failure("unreachable", "Connection refused"), "http-01", ["the CA at ca.test cannot be reached"]),
        (Failure("untrusted", "self-signed"), "http-01", ["ACME_CA_FILE"]),
        (Failure("somethingNew", "who knows"), "http-01", ["the CA refused a.test", '"who knows"']),
        (
            Failure(OURS, "has no address in DNS", "an A record"),
            "http-01",
            ["a.test has no address in DNS (hint"],
        ),
        (Failure(OURS, "acme-dns-hook failed: no token"), "dns-01", ["acme-dns-hook failed: no token"]),
    ],
)
def test_what_happened_and_the_cure(failure: Failure, challenge: str, said: list[str]) -> None:
    text = words.sentence(failure, "a.test", "ca.test", challenge)
    assert [part for part in said if part not in text] == []


def test_names_that_fail_alike_share_a_sentence() -> None:
    failures = {
        "a.test": Failure("connection", "http://a.test/1: refused"),
        "b.test": Failure("connection", "http://b.test/2: refused"),
        "c.test": Failure("caa"),
    }
    first, second = words.sentences(failures, "ca.test", "http-01")
    assert first.startswith('the CA cannot connect to port 80 of a.test and b.test; it says: "http://a.test/1: ')
    assert "forbids this CA to issue for c.test" in second


def test_names_left_out_for_the_same_reason_share_a_line() -> None:
    why = "has no address in DNS (hint: x)"
    assert list(words.left_out({"a.test": f"a.test {why}"})) == [f"a.test is left out: it {why}"]
    reasons = {"a.test": f"a.test {why}", "b.test": "the CA does not issue for b.test", "c.test": f"c.test {why}"}
    assert list(words.left_out(reasons)) == [
        "a.test and c.test are left out: they have no address in DNS (hint: x)",
        "b.test is left out: the CA does not issue for b.test",
    ]


def test_what_a_ca_says_is_one_bounded_line() -> None:
    text = words.sentence(Failure("caa", "a\nb\x1b[2J" + "x" * 9999 + "{name}"), "a.test", "ca.test", "http-01")
    assert "\n" not in text
    assert "\x1b" not in text
    assert len(text) < 600


def test_the_names_that_a_text_mentions() -> None:
    text = 'Cannot issue for "a.test": blocked. Not x.b.test, c.test.org, *.d.test.'
    assert words.mentioned(text, ["a.test", "b.test", "c.test", "d.test", "*.d.test"]) == ["a.test", "*.d.test"]
