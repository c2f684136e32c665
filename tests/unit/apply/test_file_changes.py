from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.apply import file_changes as file_changes_module
from mailwright.apply.file_changes import FileChange, file_changes, rows_changed
from mailwright.apply.generations import Difference
from mailwright.core.tree import Effect, File

SECRET = "a-secret-value"


def change(path: str, old: str, new: str, effect: Effect = Effect.RELOAD, compiled: str = "") -> FileChange:
    file = File(path, new, "postfix", effect=effect, compile=compiled)
    (only,) = file_changes(Difference((file,)), lambda _: old, {path: "digest"})
    return only


@pytest.mark.parametrize(
    ("path", "old", "new", "text"),
    [
        ("postfix/main.cf", "a = 1\nb = 2\n", "a = 1\nb = 3\nc = 4\n", "postfix/main.cf: b, c"),
        ("postfix/main.cf", "a = 1\n  more\n", "a = 1\n  less\n", "postfix/main.cf: a"),
        ("postfix/main.cf", "# x\na = 1\n", "# y\na = 1\n", "postfix/main.cf"),
        (
            "postfix/master.cf",
            "smtp inet n - n - 1 smtpd\n  -o x=1\n",
            "smtp inet n - n - 1 smtpd\n  -o x=2\n",
            "postfix/master.cf: smtp/inet/x",
        ),
        (
            "dovecot/dovecot.conf",
            "service lmtp {\n  process_limit = 1\n}\n",
            "service lmtp {\n  process_limit = 2\n}\n",
            "dovecot/dovecot.conf: service/lmtp/process_limit",
        ),
        (
            "dovecot/dovecot.conf",
            "service old {\n  x = 1\n}\n",
            "service lmtp {\n  unix_listener lmtp {\n    mode = 0600\n  }\n}\n",
            "dovecot/dovecot.conf: service/lmtp, service/old",
        ),
        (
            "postfix/main.cf",
            "",
            "".join(f"p{n} = 1\n" for n in range(7)),
            "postfix/main.cf: p0, p1, p2, p3, p4 and 2 more",
        ),
        ("rspamd/local.d/actions.conf", "a = 1;\n", "a = 2;\n", "rspamd/local.d/actions.conf"),
    ],
)
def test_parameters_that_differ(path: str, old: str, new: str, text: str) -> None:
    assert str(change(path, old, new)) == text


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("a 1\n", "a 1\nb 2\n", "postfix/virtual: +1 row"),
        ("a 1\nb 2\n", "b 2\n", "postfix/virtual: -1 row"),
        ("a 1\nb 2\n", "a 1\nb 3\n", "postfix/virtual: +1 -1 rows"),
        ("a 1\n", "a 1\nab 1\nb 2\n", "postfix/virtual: +2 rows"),
        ("b 1\nc 1\n", "c 1\nb 1\n", "postfix/virtual"),
    ],
)
def test_rows_of_a_table(old: str, new: str, text: str) -> None:
    assert str(change("postfix/virtual", old, new, Effect.NOTHING, "postmap")) == text


def test_lines_of_a_certificate_are_no_rows() -> None:
    pem = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"
    assert str(change("web/profile.cert", pem.format("a"), pem.format("b"), Effect.NOTHING)) == "web/profile.cert"


def test_new_and_gone() -> None:
    difference = Difference((File("postfix/regexp", "x", "postfix"),), ("postfix/old",))
    changes = file_changes(difference, lambda _: "", {})
    assert [str(one) for one in changes] == [
        "postfix/regexp: new",
        "postfix/old: gone",
    ]


def test_no_value_is_told() -> None:
    told = [
        change("postfix/main.cf", "", f"smtp_password = {SECRET}\n"),
        change("dovecot/userdb", "", f"bob:{SECRET}\n", Effect.NOTHING),
        change("dovecot/sieve/a.sieve", "", SECRET, Effect.NOTHING, "sievec"),
    ]
    assert SECRET not in repr(told)


ROWS = st.lists(st.sampled_from(["a", "ab", "b", "bä", "c"]), unique=True)


@given(old=ROWS, new=ROWS, block=st.integers(1, 9))
def test_counts_are_those_of_sets(old: list[str], new: list[str], block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_changes_module, "BLOCK", block)
        counts_as_sets(old, new)


def counts_as_sets(old: list[str], new: list[str]) -> None:
    for end in ("\n", ""):
        texts = ["\n".join(rows) + end for rows in (old, new)]
        assert rows_changed(*texts) == (len({*new} - {*old}), len({*old} - {*new}))
