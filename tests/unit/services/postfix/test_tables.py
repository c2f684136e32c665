from __future__ import annotations

import pytest

from mailwright.services.postfix import tables
from tests.unit.operator import ACCOUNTS, mailserver, refused

ALICE, BOB = "alice@example.com", "bob@example.com"
VIRTUAL = f"info@example.net {BOB}, x@elsewhere.example\nlist@example.com {ALICE} {BOB}\n"


def test_rows() -> None:
    assert tables.table([("b", "1"), ("a", "2")]) == "b 1\na 2\n"
    with pytest.raises(ValueError, match="line break"):
        tables.table([("a\nb", "1")])


@pytest.mark.parametrize(
    ("environ", "domains", "mailboxes"),
    [
        ({}, ["example.com", "example.net"], [ALICE, BOB]),
        ({"SMTP_ONLY": "1"}, ["example.com", "example.net"], []),
        ({"SMTP_ONLY": "1", "POSTFIX_DAGENT": "lmtp:inet:x:24"}, ["example.com", "example.net"], [ALICE, BOB]),
    ],
)
def test_domains_and_mailboxes(environ: dict[str, str], domains: list[str], mailboxes: list[str]) -> None:
    server = mailserver(ACCOUNTS | {"postfix-virtual.cf": VIRTUAL}, **environ)
    assert sorted(name for name, _ in tables.domains(server)) == domains
    assert [name for name, _ in tables.mailboxes(server)] == mailboxes


@pytest.mark.parametrize(
    ("config", "rows"),
    [
        ({"postfix-virtual.cf": VIRTUAL}, {"info@example.net": f"{BOB}, x@elsewhere.example"}),
        ({"postfix-virtual.cf": VIRTUAL}, {BOB: None, "postmaster@example.net": ALICE}),
        ({"postfix-virtual.cf": f"@example.com {BOB}\n"}, {"@example.com": BOB}),
        ({"postfix-virtual.cf": "@example.net @example.com\n"}, {"@example.net": None, "bob@example.net": BOB}),
    ],
)
def test_virtual(config: dict[str, str], rows: dict[str, str | None]) -> None:
    aliases = dict(tables.virtual(mailserver(ACCOUNTS | config)))
    assert {name: aliases.get(name) for name in rows} == rows


@pytest.mark.parametrize(
    ("virtual", "sender", "logins"),
    [
        ("", BOB, None),  # the mailboxes are asked next
        ("", "nobody@example.com", None),
        (VIRTUAL, "info@example.net", BOB),
        (VIRTUAL, "list@example.com", f"{ALICE},{BOB}"),
        (f"@example.net {BOB}\n", "@example.net", BOB),
        (f"{BOB} {ALICE}\n", BOB, f"{ALICE},{BOB}"),
        ("info@example.com x@elsewhere.example\n", "info@example.com", None),
        ("@example.net @example.com\n", "bob@example.net", BOB),
    ],
)
def test_senders(virtual: str, sender: str, logins: str | None) -> None:
    config = ACCOUNTS | ({"postfix-virtual.cf": virtual} if virtual else {})
    assert dict(tables.senders(mailserver(config))).get(sender) == logins


@pytest.mark.parametrize(
    ("local", "text"),
    [
        ("", f"postmaster: {ALICE}\nroot: {ALICE}\n"),
        ("root: ops@elsewhere.example\n", f"postmaster: {ALICE}\nroot: ops@elsewhere.example\n"),
        ("x: root,\n  bob\n", f"postmaster: {ALICE}\nroot: {ALICE}\nx: root,\n  bob\n"),
    ],
)
def test_local_aliases(local: str, text: str) -> None:
    config = ACCOUNTS | ({"postfix-aliases.cf": local} if local else {})
    assert tables.local_aliases(mailserver(config)) == text


@pytest.mark.parametrize(
    ("hostname", "names"),
    [
        ("mail.example.com", ("mail.example.com", "localhost.example.com", "localhost")),
        ("example.com", ("localhost.example.com", "localhost")),
    ],
)
def test_one_name_is_not_both_local_and_virtual(hostname: str, names: tuple[str, ...]) -> None:
    server = mailserver(POSTMASTER_ADDRESS=ALICE, OVERRIDE_HOSTNAME=hostname)
    assert tables.mydestination(server) == names


def test_a_loop_never_reaches_a_table() -> None:
    loop = "a@example.com b@example.com\nb@example.com a@example.com\n"
    assert any("leads back to itself" in line for line in refused(ACCOUNTS | {"postfix-virtual.cf": loop}))


def test_sub_addresses_go_where_the_address_goes_before_any_pattern() -> None:
    virtual = f"info@example.com {BOB}, a+b$@elsewhere.example\n{BOB} {ALICE}\na/b@example.com {ALICE}\n"
    server = mailserver(ACCOUNTS | {"postfix-virtual.cf": virtual + f"@catch.example {BOB}\nx+y@example.com {BOB}\n"})
    addresses, senders = tables.sub_addresses(server), tables.sub_senders(server)
    assert r"/^alice(\+[^@]*)@example\.com$/ alice${1}@example.com" in addresses
    assert r"/^info(\+[^@]*)@example\.com$/ bob${1}@example.com, a+b$$${1}@elsewhere.example" in addresses
    # The alias takes the mailbox's mail; its owner still sends from there.
    assert r"/^bob(\+[^@]*)@example\.com$/ alice${1}@example.com" in addresses
    assert r"/^bob(\+[^@]*)@example\.com$/ alice@example.com,bob@example.com" in senders
    assert r"/^a\/b(\+[^@]*)@example\.com$/ alice@example.com" in senders
    assert r"/^info(\+[^@]*)@example\.com$/ alice@example.com" in senders
    assert "/^(" not in addresses + senders
    assert "/^x" not in addresses + senders
