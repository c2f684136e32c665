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


def test_what_a_ca_says_is_one_bounded_line() -> None:
    text = words.sentence(Failure("caa", "a\nb\x1b[2J" + "x" * 9999 + "{name}"), "a.test", "ca.test", "http-01")
    assert "\n" not in text
    assert "\x1b" not in text
    assert len(text) < 600


def test_the_names_that_a_text_mentions() -> None:
    text = 'Cannot issue for "a.test": blocked. Not x.b.test, c.test.org, *.d.test.'
    assert words.mentioned(text, ["a.test", "b.test", "c.test", "d.test", "*.d.test"]) == ["a.test", "*.d.test"]
