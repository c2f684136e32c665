from __future__ import annotations

import plistlib
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs7

from mailwright.core import paths
from mailwright.programs import signed_profile
from tests import pki
from tests.unit.formats.mail_programs import ADDRESS, SETTINGS


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    (tmp_path / "web").mkdir()
    (tmp_path / paths.CLIENT_SETTINGS).write_text(SETTINGS.dumped())
    return tmp_path


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_signed_profile(etc: Path, kind: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    chain, key = pki.pair("mail.example.net", kind=kind)
    issuer, _ = pki.pair("issuer.example.net")
    (etc / paths.PROFILE_CERTIFICATE).write_text(chain + issuer)
    (etc / paths.PROFILE_KEY).write_text(key)
    assert signed_profile.main([ADDRESS], etc) == 0
    signed = capsysbinary.readouterr().out
    names = {x509.load_pem_x509_certificate(pem.encode()).subject for pem in (chain, issuer)}
    assert {each.subject for each in pkcs7.load_der_pkcs7_certificates(signed)} == names
    start, end = signed.index(b"<?xml"), signed.index(b"</plist>") + 9
    assert plistlib.loads(signed[start:end])["PayloadContent"][0]["EmailAddress"] == ADDRESS


def test_what_is_not_signed(etc: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    for wrong in (["a@other.test"], ["<x>@example.com"], ["--help"], [], [ADDRESS, ADDRESS]):
        assert signed_profile.main(wrong, etc) == 64
    assert capsysbinary.readouterr().out == b""
