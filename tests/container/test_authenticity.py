"""Who a mail is from: our signatures as another library sees them, theirs as we do; SPF, DMARC and ARC over DNS."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from dns.exception import DNSException
from dns.resolver import Resolver

from mailwright.formats.dkim_keys import record_of, written
from tests import clock
from tests.container.docker import CLIENTS, until
from tests.container.lab import Lab, Server, accounts
from tests.container.sender import hand_over, mail, message_id

ALICE, BOB = "alice@example.test", "bob@example.test"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ZONE = [
    *(f"mx-host={name},mail.{name},10" for name in ("good.test", "strict.test", "mild.test")),
    "txt-record=good.test,v=spf1 ip4:SENDER -all",
    "txt-record=strict.test,v=spf1 ip4:192.0.2.1 -all",
    "txt-record=_dmarc.strict.test,v=DMARC1; p=reject",
    "txt-record=_dmarc.second.test,v=DMARC1; p=reject",
    "txt-record=mild.test,v=spf1 ip4:192.0.2.1 -all",
    "txt-record=_dmarc.mild.test,v=DMARC1; p=quarantine",
]


def txt(name: str, text: str) -> str:
    """A TXT record as dnsmasq's option, in strings of 200 characters."""
    pieces = [text[start : start + 200] for start in range(0, len(text), 200)]
    return f"txt-record={name}," + ",".join(pieces)


@pytest.fixture(scope="module")
def outside(lab: Lab) -> Server:
    """A server of others, whose address good.test names."""
    return lab.container("outside", image=CLIENTS, command=("sleep", "infinity"))


@pytest.fixture(scope="module")
def zone(lab: Lab, outside: Server) -> list[str]:
    """What DNS says of the others."""
    records = [record.replace("SENDER", outside.ip) for record in ZONE]
    records += [f"host-record=mail.{name},{outside.ip}" for name in ("good.test", "strict.test", "mild.test")]
    records += [txt("key._domainkey.good.test", record_of(KEY)), txt("key._domainkey.strict.test", record_of(KEY))]
    lab.zone(*records)
    return records


@pytest.fixture(scope="module")
def server(lab: Lab, zone: list[str]) -> Server:
    """A Mailwright for two domains, without keys yet."""
    config = {
        "postfix-accounts.cf": accounts(ALICE, BOB, "carol@second.test", "dan@rotated.test"),
        "postfix-virtual.cf": "away@example.test someone@good.test\n",
    }
    return lab.mailserver("example", config, {"ENABLE_RSPAMD": "1"})


@pytest.fixture(scope="module")
def published(lab: Lab, server: Server, zone: list[str]) -> str:
    """What ``setup config dkim`` printed for both kinds of keys; DNS says it too."""
    printed = server.run("setup", "config", "dkim", "keytype", "both")
    records = []
    for line in printed.splitlines():
        name, _, _, kind, *data = line.split(maxsplit=4)
        if kind == "TXT":
            records.append(txt(name.rstrip("."), "".join(data[0].split('"')[1::2])))
    assert len(records) == 6
    lab.zone(*zone, *records)
    return printed


@pytest.fixture(autouse=True)
def present(monkeypatch: pytest.MonkeyPatch) -> None:
    """dkimpy dates its signatures, and judges ours, by the day of the suite."""
    monkeypatch.setattr(dkim, "time", SimpleNamespace(time=clock.seconds))


def lookup(lab: Lab) -> Callable[..., bytes | None]:
    """DNS as dkimpy asks it."""
    resolver = Resolver(configure=False)
    resolver.nameservers = [lab.dns]

    def ask(name: bytes, timeout: int = 5) -> bytes | None:
        try:
            answer: Any = resolver.resolve(name.decode(), "TXT", lifetime=timeout)
        except DNSException:
            return None
        return b"".join(answer[0].strings)

    return ask


def wire(text: str) -> bytes:
    """A mail as it travels."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def signed(text: str, domain: str) -> str:
    """``text`` with a signature of ``domain`` before it."""
    made: bytes = dkim.sign(wire(text), b"key", domain.encode(), written(KEY).encode())
    return made.decode() + text


def results(server: Server, text: str, folder: str = "INBOX") -> str:
    """What the Authentication-Results of a mail that alice got say, on one line."""
    got = server.receives(ALICE, message_id(text), folder)
    after = got.split("Authentication-Results:", 1)[1]
    return " ".join(after.replace("\r\n\t", " ").split("\r\n", 1)[0].split())


@pytest.mark.usefixtures("published")
def test_another_library_verifies_our_signatures(lab: Lab, server: Server) -> None:
    got = server.receives(BOB, server.submit(ALICE, BOB))
    assert "s=mail;" in got
    assert "s=mail-ed25519;" in got
    reader: Any = dkim.DKIM
    checker = reader(wire(got))
    assert [checker.verify(index, dnsfunc=lookup(lab)) for index in (0, 1)] == [True, True]
    altered = reader(wire(got.replace("Good day", "Bad day")))
    with pytest.raises(dkim.ValidationError):
        altered.verify(dnsfunc=lookup(lab))


@pytest.mark.usefixtures("published")
def test_every_domain_signs_for_itself(lab: Lab, server: Server) -> None:
    got = server.receives(ALICE, server.submit("carol@second.test", ALICE))
    assert "d=second.test;" in got
    assert dkim.verify(wire(got), dnsfunc=lookup(lab))


@pytest.mark.usefixtures("published")
def test_a_stranger_gets_no_signature_of_ours(server: Server, outside: Server) -> None:
    text = mail(ALICE, BOB)
    assert hand_over(outside, server, text, "x@good.test", BOB) == "250"
    assert "DKIM-Signature" not in server.receives(BOB, message_id(text))
    # Nor through the gateway, behind which everybody may be.
    assert "DKIM-Signature" not in server.receives(BOB, server.deliver(ALICE, BOB))


@pytest.mark.usefixtures("published")
def test_keys_are_for_rspamd_alone(server: Server) -> None:
    listed = server.run("sh", "-c", "ls -lL /etc/rspamd/dkim").splitlines()[1:]
    assert len(listed) >= 6
    assert all(line.startswith("-rw-r----- 1 root _rspamd") or "root     _rspamd" in line for line in listed)


@pytest.mark.usefixtures("published")
def test_keys_are_listed_and_checked_against_dns(server: Server) -> None:
    rows = [line.split() for line in server.run("setup", "dkim", "list").splitlines()[1:]]
    rows = [row for row in rows if row[0] != "rotated.test"]
    assert {(row[0], row[1]) for row in rows} == {
        (domain, selector) for domain in ("example.test", "second.test") for selector in ("mail", "mail-ed25519")
    }
    assert all(row[3:5] == ["signing", "published"] for row in rows)


def test_their_good_signature(server: Server, outside: Server) -> None:
    text = signed(mail("x@good.test", ALICE), "good.test")
    assert hand_over(outside, server, text, "x@good.test", ALICE) == "250"
    said = results(server, text)
    assert "dkim=pass header.d=good.test" in said
    assert "spf=pass" in said


def test_their_broken_signature(server: Server, outside: Server) -> None:
    text = signed(mail("x@good.test", ALICE), "good.test").replace("Good day", "Send money")
    assert hand_over(outside, server, text, "x@good.test", ALICE) == "250"
    assert "dkim=fail" in results(server, text)


def test_spf_fails_from_a_foreign_address(server: Server, lab: Lab) -> None:
    foreign = lab.container("foreign", image=CLIENTS, command=("sleep", "infinity"))
    text = mail("x@good.test", ALICE)
    assert hand_over(foreign, server, text, "x@good.test", ALICE) == "250"
    assert "spf=fail" in results(server, text)


def test_dmarc_reject(server: Server, outside: Server) -> None:
    spoofed = mail("boss@strict.test", ALICE)
    assert hand_over(outside, server, spoofed, "x@good.test", ALICE).startswith("554 ")
    assert hand_over(outside, server, spoofed, "boss@strict.test", ALICE).startswith("554 ")
    real = signed(mail("boss@strict.test", ALICE), "strict.test")
    assert hand_over(outside, server, real, "x@good.test", ALICE) == "250"
    assert "dmarc=pass" in results(server, real)


def test_a_stranger_in_the_name_of_somebody_here(server: Server, outside: Server) -> None:
    for envelope in ("x@good.test", "carol@second.test", ""):
        spoofed = mail("carol@second.test", ALICE)
        assert hand_over(outside, server, spoofed, envelope, ALICE).startswith("554 "), envelope
    submitted = server.submit("carol@second.test", ALICE)
    assert server.receives(ALICE, submitted)


def test_dmarc_quarantine(server: Server, outside: Server) -> None:
    spoofed = mail("boss@mild.test", ALICE)
    assert hand_over(outside, server, spoofed, "x@good.test", ALICE) == "250"
    assert "dmarc=fail" in results(server, spoofed, "Junk")


@pytest.mark.usefixtures("published")
def test_mail_that_is_forwarded_is_sealed(lab: Lab, server: Server, outside: Server) -> None:
    text = signed(mail("x@good.test", "away@example.test"), "good.test")
    assert hand_over(outside, server, text, "x@good.test", "away@example.test") == "250"
    server.sees("to=<someone@good.test>")
    queued = until("the forwarded mail", lambda: server.run("sh", "-c", "postqueue -j | head -1"))
    name = queued.split('"queue_id": "')[1].split('"')[0]
    kept = server.run("postcat", "-hb", "-q", name)
    arc: Any = dkim.arc_verify
    result, detail, _ = arc(wire(kept), dnsfunc=lookup(lab))
    assert result == dkim.CV_Pass, detail
    assert "spf=pass" in kept.split("ARC-Authentication-Results", 1)[1]


@pytest.mark.usefixtures("published")
def test_rotation(lab: Lab, server: Server, zone: list[str]) -> None:
    said = server.run("setup", "dkim", "rotate", "rotated.test")
    waiting = [line.split()[0].rstrip(".") for line in said.splitlines() if "._domainkey.rotated.test." in line]
    assert len(waiting) == 2
    assert "does not show this yet" in server.run("setup", "dkim", "rotate", "rotated.test", check=False)
    assert "s=mail;" in server.receives(ALICE, server.submit("dan@rotated.test", ALICE))
    server.run("setup", "dkim", "rotate", "rotated.test", "--now")
    selector = next(name.partition(".")[0] for name in waiting if "ed25519" not in name)

    def signed_anew() -> str:
        got = server.receives(ALICE, server.submit("dan@rotated.test", ALICE))
        return got if f"s={selector};" in got else ""

    got = until("a signature of the new key", signed_anew)
    assert "s=mail;" not in got
    assert "more days; nothing to do" in server.run("setup", "dkim", "rotate", "rotated.test")
    stages = [line.split()[3] for line in server.run("setup", "dkim", "list").splitlines() if "rotated.test" in line]
    assert sorted(stages) == ["old", "old", "signing", "signing"]


@pytest.mark.usefixtures("zone")
def test_a_selector_that_is_in_use_keeps_its_key(lab: Lab) -> None:
    files = {"postfix-accounts.cf": accounts("bob@kept.test"), "opendkim/keys/kept.test/mail.private": written(KEY)}
    server = lab.mailserver("kept", files, {"ENABLE_RSPAMD": "1"})

    def keys() -> list[list[str]]:
        return [line.split()[2:4] for line in server.run("setup", "dkim", "list").splitlines()[1:]]

    assert "is kept" in server.run("setup", "config", "dkim", "keysize", "4096")
    assert keys() == [["rsa-2048", "signing"]]
    server.run("setup", "config", "dkim", "--force")
    server.run("setup", "config", "dkim", "--force", "keysize", "4096")
    assert keys() == [["rsa-2048", "unused"], ["rsa-4096", "signing"]]
