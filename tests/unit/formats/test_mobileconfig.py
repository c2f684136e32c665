from __future__ import annotations

import plistlib
from dataclasses import replace
from typing import Any

import pytest

from mailwright.core.client_settings import ClientSettings
from mailwright.formats.mobileconfig import profile
from tests.unit.formats.mail_programs import ADDRESS, HOST, IMAPS, MORE, POP3S, SETTINGS, SUBMISSION


def account(settings: ClientSettings, address: str = ADDRESS) -> dict[str, Any]:
    whole = plistlib.loads(profile(settings, address))
    assert (whole["PayloadType"], whole["PayloadVersion"]) == ("Configuration", 1)
    (found,) = whole["PayloadContent"]
    assert found["PayloadType"] == "com.apple.mail.managed"
    assert found["PayloadUUID"] != whole["PayloadUUID"]
    assert whole["PayloadIdentifier"].startswith("net.example.mail.")
    return dict(found)


def test_imap_and_submission() -> None:
    found = account(SETTINGS)
    assert found["EmailAccountType"] == "EmailTypeIMAP"
    assert (
        found["EmailAddress"] == found["IncomingMailServerUsername"] == found["OutgoingMailServerUsername"] == ADDRESS
    )
    assert found["IncomingMailServerHostName"] == found["OutgoingMailServerHostName"] == HOST
    assert (found["IncomingMailServerPortNumber"], found["OutgoingMailServerPortNumber"]) == (993, 587)
    assert found["IncomingMailServerUseSSL"] is found["OutgoingMailServerUseSSL"] is True
    assert not [name for name in found if name.endswith("Password") and found[name] is not True]


def test_what_is_open() -> None:
    assert account(MORE)["OutgoingMailServerPortNumber"] == 465
    pop3 = account(replace(SETTINGS, offers=(POP3S, SUBMISSION)))
    assert (pop3["EmailAccountType"], pop3["IncomingMailServerPortNumber"]) == ("EmailTypePOP", 995)
    for offers in ((IMAPS,), (SUBMISSION,), ()):
        with pytest.raises(ValueError, match="no port"):
            profile(replace(SETTINGS, offers=offers), ADDRESS)


def test_a_newer_profile_takes_the_place_of_an_older_one() -> None:
    names = ("PayloadUUID", "PayloadIdentifier")
    old, new, other = account(SETTINGS), account(MORE), account(SETTINGS, "other@example.com")
    assert [old[name] for name in names] == [new[name] for name in names]
    assert not {old[name] for name in names} & {other[name] for name in names}
