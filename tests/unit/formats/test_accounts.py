from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.problems import errors
from mailwright.core.textfile import decode
from mailwright.formats.accounts import accounts
from mailwright.services.dovecot.accounts import userdb
from tests.unit.operator import HASH, file, mailserver, told


@pytest.mark.parametrize(
    ("row", "address", "password_hash", "extra"),
    [
        (f"bob@example.com|{HASH}", "bob@example.com", HASH, ""),
        (f"  Bob@Example.COM | {HASH} | a=1   b=2 ", "bob@example.com", HASH, "a=1 b=2"),
        ("bob@example.com|$2y$05$abc|", "bob@example.com", "$2y$05$abc", ""),
        ("bob@example.com|{ARGON2ID}$x|userdb_quota=1M:a", "bob@example.com", "{ARGON2ID}$x", "userdb_quota=1M:a"),
        ("bob@example.com|{SSHA512.b64}ab==", "bob@example.com", "{SSHA512.b64}ab==", ""),
    ],
)
def test_account(row: str, address: str, password_hash: str, extra: str) -> None:
    (account,), problems = accounts(file(f"# comment\n\n{row}\n"))
    assert (str(account.address), account.password_hash, account.extra) == (address, password_hash, extra)
    assert (account.where, problems) == ("file.cf:3", [])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("bob@example.com", "bob@example.com has no password hash (hint: setup email update bob@example.com)"),
        ("bob@example.com|", "bob@example.com has no password hash (hint: setup email update bob@example.com)"),
        ("bob@example.com|secret", "the password hash of bob@example.com does not look like {SCHEME}hash"),
        ("bob@example.com|{SCHEME}a b", "the password hash of bob@example.com does not look like {SCHEME}hash"),
        ("bob@example.com|{SCHEME}a:b", "the password hash of bob@example.com has a colon"),
        (f"bob@example.com|{HASH}|quota", "bob@example.com: 'quota' is not a userdb field (name=value)"),
        (
            f"bob@example.com|{HASH}|userdb_quota_rule=*:storage=1G",
            "bob@example.com: userdb_quota_rule is a field of Dovecot 2.3, which 2.4 ignores"
            " (hint: in its place: the row bob@example.com:SIZE in dovecot-quotas.cf)",
        ),
        (f"bob@example.com|{HASH}|a=1|b=2", "bob@example.com: 'a=1…' is not a userdb field (name=value)"),
        (f"bob|{HASH}", "'bob' is not an address (user@domain)"),
        ("bob:secret", "'bob…' is not an address (user@domain) (hint: user@domain|{SCHEME}hash)"),
        (f"b b@example.com|{HASH}", "'b…' has a local part with characters other than letters, digits"
                                    " and . _ - = ~ & (allowed only in an alias) (hint: user@domain|{SCHEME}hash)"),
        (f"bob+x@example.com|{HASH}", "'bob+x@example.com' has a +, which starts a sub-address (user+tag):"
                                      " the mailbox would receive no mail"),
    ],
)  # fmt: skip
def test_no_account(row: str, said: str) -> None:
    found, problems = accounts(file(f"\n{row}\n"))
    assert (found, told(problems)) == ([], [f"file.cf:2: {said}"])


def test_the_first_of_two_counts() -> None:
    found, problems = accounts(file(f"bob@example.com|{HASH}\nBOB@example.com|{HASH}2\n"))
    assert [account.where for account in found] == ["file.cf:1"]
    assert told(problems) == ["file.cf:2: bob@example.com is an account already (hint: see file.cf:1)"]


def test_clear_text_is_told_without_telling_it() -> None:
    found, problems = accounts(file("bob@example.com|{plain}secret\n"))
    assert len(found) == 1
    assert told(problems) == [
        "warning: file.cf:1: bob@example.com has its password in clear text (hint: setup email update bob@example.com)"
    ]


def test_no_hash_in_a_representation() -> None:
    (account,), _ = accounts(file(f"bob@example.com|{HASH}\n"))
    assert "hash'" not in repr(account)
    assert HASH not in repr(account)


ROWS = st.lists(st.text() | st.from_regex(r"\A[ab]@b\.c\|\{[A-Z]+\}[^|\n]*(\|.*)?\Z"))


@given(ROWS)
def test_any_text_is_parsed_and_an_account_is_one_line_of_the_userdb(rows: list[str]) -> None:
    read, problems = decode("postfix-accounts.cf", "\n".join(rows).encode("utf-8", "replace"))
    found, more = accounts(read)
    assert all(problem.where.startswith("postfix-accounts.cf:") for problem in problems + more)
    if not errors(problems + more):
        written = userdb(mailserver({"postfix-accounts.cf": read.text}))
        assert sorted(line.split(":")[0] for line in written.splitlines()) == sorted(str(it.address) for it in found)
        assert written.count("\n") == len(found)
