from __future__ import annotations

from mailwright.host import state
from mailwright.settings import Settings


def test_folders_belong_to_whom_the_settings_say() -> None:
    found = {it.path: it.owner for it in state.directories(Settings(dms_vmail_uid=7, dms_vmail_gid=8))}
    assert found["/var/mail"] == "7:8"
    assert found["/var/mail-state/spool-postfix/maildrop"] == "postfix:postdrop"
    assert state.owner_ids("7:8") == (7, 8)
