from __future__ import annotations

from mailwright.model.reading import Reading
from mailwright.model.sources import Unreadable
from tests.unit.operator import reading, sources


def test_names_come_from_the_settings_then_from_the_machine() -> None:
    assert (reading().hostname, reading().domain) == ("mail.example.com", "example.com")
    other = reading(OVERRIDE_HOSTNAME="mx.example.org")
    assert (other.hostname, other.domain) == ("mx.example.org", "example.org")


def test_more_files_change_neither_variables_nor_stamps() -> None:
    before = Reading(sources(), reading().variables, {"/a": (1,)})
    after = before.with_files({"/made": b"x", "/var/mail-state/tls/key.pem": Unreadable("does not exist")})
    assert after.variables is before.variables
    assert after.stamps == {"/a": (1,)}
    assert after.sources.files["/made"] == b"x"
    assert after.sources.files.keys() == {*before.sources.files, "/made"}
    assert "/made" not in before.sources.files
