from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.formats.acme_json import acme_certificates
from tests.unit.operator import told


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


ENTRY = {"domain": {"main": "Example.com", "sans": ["*.example.com"]}, "certificate": b64("CHAIN"), "key": b64("KEY")}
ENTRY_1 = {
    "Domain": {"Main": "example.com", "SANs": ["*.example.com"]},
    "Certificate": b64("CHAIN"),
    "Key": b64("KEY"),
}


@pytest.mark.parametrize(
    "store",
    [
        {"letsencrypt": {"Account": {}, "Certificates": [ENTRY]}},
        {"dns": {"Certificates": None}, "http": {"Certificates": [ENTRY]}},
        {"Account": {}, "Certificates": [ENTRY_1], "HTTPChallenges": {}},
    ],
)
def test_every_version_of_the_store(store: object) -> None:
    (found,), problems = acme_certificates(json.dumps(store), "acme.json")
    assert (found.names, found.chain, found.key) == (("example.com", "*.example.com"), "CHAIN", "KEY")
    assert problems == []
    assert "KEY" not in repr(found)


@pytest.mark.parametrize("sans", [None, [], 5, "x"])
def test_no_other_names(sans: object) -> None:
    entry = {**ENTRY, "domain": {"main": "a.b", "sans": sans}}
    assert acme_certificates(json.dumps({"x": {"Certificates": [entry]}}), "")[0][0].names == ("a.b",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", ["acme.json: is not JSON"]),
        ("[" * 100_000, ["acme.json: is not JSON"]),
        ("[]", []),
        ("{}", []),
        ('{"x": {"Certificates": 5}}', []),
        ('{"x": {"Certificates": [5]}}', []),
        (
            '{"x": {"Certificates": [{"domain": {"main": "a.b"}, "key": "?"}]}}',
            ["warning: acme.json: the certificate for a.b is not readable"],
        ),
        (
            '{"x": {"Certificates": [{"domain": {"main": "a.b"}, "certificate": "é", "key": "é"}]}}',
            ["warning: acme.json: the certificate for a.b is not readable"],
        ),
    ],
)
def test_nothing_found(text: str, said: list[str]) -> None:
    found, problems = acme_certificates(text, "acme.json")
    assert (found, told(problems)) == ([], said)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["domain", "main", "sans", "key", "x"]), inner),
)


@given(st.text() | VALUES.map(lambda it: json.dumps({"x": {"Certificates": [it]}, "Certificates": it})))
def test_any_text_is_parsed(text: str) -> None:
    acme_certificates(text, "acme.json")
