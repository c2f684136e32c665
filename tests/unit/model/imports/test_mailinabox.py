from __future__ import annotations

from mailwright.model.imports.found import ACCOUNTS, ALIASES, QUOTAS
from mailwright.model.imports.mailinabox import found
from tests.foreign_servers import private_key

ANN = "ann@example.com"
HASH = "{SHA512-CRYPT}$6$salt$" + "b" * 86
KEY = private_key()


def test_users_aliases_and_the_key_of_all_domains() -> None:
    result = found(
        {
            "users": [
                {"email": ANN, "password": HASH, "quota": "5G"},
                {"email": "ben@box.test", "password": HASH, "quota": "0"},
                {"email": "eve@box.test", "password": HASH, "quota": "much"},
            ],
            "aliases": [
                {"source": "team@example.com", "destination": f"{ANN},\nben@box.test", "permitted_senders": None},
                {"source": "@example.com", "destination": "@box.test", "permitted_senders": None},
                {"source": "from@example.com", "destination": "", "permitted_senders": ANN},
            ],
            "auto_aliases": [{"source": "abuse@box.test", "destination": "ben@box.test", "permitted_senders": None}],
            "mfa": [{"user_id": 1}],
        },
        KEY,
    )
    assert list(result.rows[ACCOUNTS]) == [ANN, "ben@box.test", "eve@box.test"]
    assert result.rows[QUOTAS] == {ANN: "5G"}
    assert result.rows[ALIASES] == {
        "team@example.com": f"{ANN},ben@box.test",
        "@example.com": "@box.test",
        "abuse@box.test": "ben@box.test",
    }
    assert [(key.domain, key.selector) for key in result.keys] == [("box.test", "mail"), ("example.com", "mail")]
    assert {(one.kind, one.name) for one in result.left} == {
        ("quota", "eve@box.test"),
        ("permission to send", f"{ANN} → from@example.com"),
        ("second factor", "1"),
    }


def test_an_old_version_without_quotas_and_a_copy_without_key() -> None:
    result = found({"users": [{"email": ANN, "password": HASH}], "aliases": []}, "")
    assert result.rows[ACCOUNTS] == {ANN: HASH}
    assert [one.kind for one in result.left] == ["DKIM key"]
