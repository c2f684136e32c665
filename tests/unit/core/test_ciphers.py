from __future__ import annotations

import ssl

import pytest

from mailwright.core import ciphers


@pytest.mark.parametrize("level", ["modern", "intermediate"])
def test_openssl_knows_every_cipher_of_tls_1_2(level: str) -> None:
    names = ciphers.tls_ciphers(level).split(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(":".join(names))
    offered = {cipher["name"] for cipher in context.get_ciphers() if cipher["protocol"] != "TLSv1.3"}
    assert offered == set(names)


def test_only_intermediate_offers_finite_field_groups() -> None:
    modern, intermediate = (ciphers.tls_ciphers(level).split(":") for level in ("modern", "intermediate"))
    assert all(name.startswith("ECDHE-") for name in modern)
    assert [name for name in intermediate if name not in modern] == [
        "DHE-RSA-AES128-GCM-SHA256",
        "DHE-RSA-AES256-GCM-SHA384",
        "DHE-RSA-CHACHA20-POLY1305",
    ]


@pytest.mark.parametrize(("level", "file"), [("modern", ""), ("intermediate", ciphers.DH_PARAMETERS)])
def test_dh_parameters_come_with_dhe_ciphers(level: str, file: str) -> None:
    assert ciphers.dh_parameters(level) == file
    assert ("DHE-RSA" in ciphers.tls_ciphers(level).replace("ECDHE", "")) is bool(file)
