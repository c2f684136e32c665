"""What doctor says about an MTA-STS policy that it has fetched."""

from __future__ import annotations

import pytest

from mailwright.doctor.catalogue import domain as words
from mailwright.doctor.domain import Zone
from mailwright.doctor.policy_files import with_policies
from mailwright.observe.policy_file import Unfetched

DOMAIN, HOST = "example.com", "mail.example.com"
OURS = f"version: STSv1\r\nmode: enforce\r\nmx: {HOST}\r\nmax_age: 86400\r\n"
UNFETCHED = words.STS_UNFETCHED.finding(domain=DOMAIN, reason="DNS was asked only")
OTHER = words.STS_MISSING.finding(domain="example.org")


@pytest.mark.parametrize(
    ("policy", "served", "expected"),
    [
        (OURS, OURS, []),
        (OURS.replace("\r", ""), OURS, []),
        (OURS.replace("enforce", "testing"), OURS, ["mta-sts-wrong"]),
        (OURS.replace(HOST, "*.example.com"), "", []),
        (OURS.replace(HOST, "*.com"), "", ["mta-sts-wrong"]),
        (OURS.replace(HOST, "other.test"), "", ["mta-sts-wrong"]),
        (OURS.replace(HOST, "other.test").replace("enforce", "none"), "", []),
        ("<html>", "", ["mta-sts-wrong"]),
        (Unfetched("answers 404", certain=True), OURS, ["mta-sts-wrong"]),
        (Unfetched("no route to host"), OURS, ["mta-sts-unfetched"]),
    ],
)
def test_a_policy(policy: str | Unfetched, served: str, expected: list[str]) -> None:
    zone = Zone(DOMAIN, HOST, (), policy=served)
    found = with_policies([OTHER, UNFETCHED], [zone], lambda _: policy)
    assert [one.code for one in found] == ["mta-sts-missing", *expected]
