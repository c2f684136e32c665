"""Certificates of nodes, and what they say."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from mailwright.host.node_certificates import authority, node
from tests import clock

CA = authority(clock.now())


def test_a_certificate_is_of_the_ca_for_both_ends_and_names_the_role() -> None:
    text, key = node("backend", ("backend-1", "mail_backend-1"), *CA, clock.now())
    certificate, ca = (x509.load_pem_x509_certificate(pem.encode()) for pem in (text, CA[0]))
    certificate.verify_directly_issued_by(ca)
    assert certificate.subject.rfc4514_string() == "CN=backend-1,OU=backend"  # as nginx has it
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["backend-1", "mail_backend-1"]
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(usage) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    loaded = load_pem_private_key(key.encode(), None)
    assert loaded.public_key() == certificate.public_key()


def test_a_key_of_another_ca_is_refused() -> None:
    with pytest.raises(ValueError, match="does not belong"):
        node("front", ("front",), CA[0], authority(clock.now())[1], clock.now())
