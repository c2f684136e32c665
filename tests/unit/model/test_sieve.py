from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.model.config_folder import ConfigFolder
from mailwright.model.sieve import sieve
from mailwright.model.sources import Unreadable
from mailwright.render.tree import render
from tests.unit.operator import ACCOUNTS, inputs, mailserver, told

BOB = "bob@example.com"


def test_scripts_by_their_names() -> None:
    config = {"before.dovecot.sieve": "keep;", "after.dovecot.sieve": "stop;", f"{BOB}.dovecot.sieve": "discard;"}
    tree = render(mailserver(ACCOUNTS | config, ENABLE_RSPAMD="0"))
    scripts = {path: tree[path] for path in tree if path.endswith(".sieve")}
    assert {path: file.content for path, file in scripts.items()} == {
        "dovecot/sieve/before.sieve": "keep;",
        "dovecot/sieve/after.sieve": "stop;",
        f"dovecot/sieve/accounts/{BOB}.sieve": "discard;",
    }
    assert scripts["dovecot/sieve/before.sieve"].origin(1) == "before.dovecot.sieve:1"
    assert {file.compile for file in scripts.values()} == {"sievec"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x@example.com.dovecot.sieve", b"keep;", "there is no account x@example.com; it is ignored"),
        ("bob.dovecot.sieve", b"keep;", "the name before .dovecot.sieve is not an address (user@domain)"),
        ("sieve-pipe/prog", Unreadable("is a folder, not a file"), "is a folder, not a file"),
        ("sieve-filter/prog", b"", ""),
    ],
)
def test_what_has_no_effect_is_told(name: str, content: bytes | Unreadable, said: str) -> None:
    found, problems = sieve(replace(inputs(), folder=ConfigFolder({name: content})))
    assert found.accounts == {}
    assert [problem.what for problem in problems] == ([said] if said else [])
    assert all(problem.warning for problem in problems)
    assert all(line.startswith(f"warning: {name}") for line in told(problems))
