"""What users send to another server arrives there with a signature that verifies, or is refused."""

from __future__ import annotations

import re
from types import SimpleNamespace

import dkim
import pytest

from tests import clock
from tests.container.conftest import ALICE
from tests.container.corpus import corpus
from tests.container.lab import Lab, Server, accounts
from tests.container.test_corpus import arrived, sent

CAROL = "carol@other.test"
# Rspamd 3.12 takes a form feed and a vertical tab for blanks when it hashes a body; RFC 6376 does not.
MISHASHED = {"control", "form-feed", "every-byte"}
UNFILTERED = {"rspamd/override.d/actions.conf": "reject = null; add_header = null; greylist = null;\n"}


@pytest.fixture(scope="module")
def other(lab: Lab) -> Server:
    """Another server, which DNS knows."""
    ip = lab.address()
    lab.zone(
        f"host-record=mail.other.test,{ip}",
        "mx-host=other.test,mail.other.test,10",
        "mx-host=example.test,mail.other.test,10",
    )
    return lab.mailserver("other", {"postfix-accounts.cf": accounts(CAROL)}, ip=ip)


@pytest.fixture(scope="module")
def server(lab: Lab, other: Server) -> Server:
    """A server that signs, after its key was made."""
    assert other.ip
    config = {"postfix-accounts.cf": accounts(ALICE, "bob@example.test"), **UNFILTERED}
    return lab.mailserver("example", config, {"ENABLE_RSPAMD": "1", "SUBMISSION_LIMIT": "0"})


@pytest.fixture(scope="module")
def record(server: Server) -> bytes:
    """The record of the key, as ``setup config dkim`` prints it."""
    printed = server.run("setup", "config", "dkim")
    [line] = [line for line in printed.splitlines() if "v=DKIM1" in line]
    return "".join(line.split('"')[1::2]).encode()


def test_signatures_verify_at_another_server(
    server: Server, other: Server, record: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dkim, "time", SimpleNamespace(time=clock.seconds))
    mails = corpus(ALICE)
    codes = sent(server, mails, ALICE, 587, CAROL)
    taken = {name for name, (code, _) in codes.items() if code == 250}
    long = {name for name, (_, text) in codes.items() if b"A line has more than 998 bytes" in text}
    assert {"line-998", "header-998"} <= taken
    assert {"line-999", "header-999", "long-8bit", "mime-long-header-in-part"} <= long
    assert [name for name in taken if longest(mails[name]) > 998] == []
    assert [name for name in long if longest(mails[name]) <= 998] == []
    got = arrived(other, len(taken), CAROL)
    assert len(got) == len(taken)
    assert len(got) > 100
    broken = {name_of(mail) for mail in got if not dkim.verify(mail, dnsfunc=lambda *_, **__: record)}
    assert broken == MISHASHED


def name_of(mail: bytes) -> str:
    """The name of the mail in the corpus; the whole mail if it has none."""
    found = re.search(rb"<([\w-]+)@corpus\.test>", mail)
    return (found[1] if found else mail).decode("latin-1")


def longest(mail: bytes) -> int:
    """The length of the longest line."""
    return max(map(len, mail.split(b"\r\n")))
