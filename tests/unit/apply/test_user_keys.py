from __future__ import annotations

from pathlib import Path

import pytest

from mailwright.apply import user_keys
from mailwright.apply.editing import Changes, RefusedError
from mailwright.observe.mail_crypt import ATTRIBUTES, digests_of_user, has_user_key

DIGEST = "a5a3873ce85cd306a09977d4c4c69224799573886039060edafb9e2e70f6f0ab"
PUBLIC = f"shared/90/vendor/vendor.dovecot/pvt/server/vendor/vendor.dovecot/pvt/crypt/pubkeys/{DIGEST}\n2:3058\n"
ACTIVE = f"shared/90/vendor/vendor.dovecot/pvt/server/vendor/vendor.dovecot/pvt/crypt/active\n{DIGEST}\n"


def test_a_hash_cannot_make_or_open_a_key(tmp_path: Path) -> None:
    user_keys.refuse_hashes(Changes(tmp_path), ["me@example.com"])
    user_keys.refuse_hashes(Changes(tmp_path, user_keys=True), [])
    addresses = [f"{number}@example.com" for number in range(6)]
    with pytest.raises(RefusedError, match=r"0@example\.com.*4@example\.com … would get only a hash"):
        user_keys.refuse_hashes(Changes(tmp_path, user_keys=True), addresses)


def test_the_keys_of_a_mailbox_are_read_from_its_attributes(tmp_path: Path) -> None:
    assert not has_user_key(tmp_path)
    assert digests_of_user(tmp_path) == set()
    (tmp_path / ATTRIBUTES).parent.mkdir()
    (tmp_path / ATTRIBUTES).write_text(PUBLIC)
    assert not has_user_key(tmp_path)
    (tmp_path / ATTRIBUTES).write_text(PUBLIC + ACTIVE)
    assert has_user_key(tmp_path)
    assert digests_of_user(tmp_path) == {DIGEST}


def test_without_a_server_no_key_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_keys, "DOVECOT", tmp_path / "dovecot.conf")
    with pytest.raises(RefusedError, match="the server must run"):
        user_keys.protect("me@example.com", "present", "new")
