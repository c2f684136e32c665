from __future__ import annotations

import pytest

from mailwright.model.postmaster import implied_aliases, postmaster
from tests.unit.model.provisioners.test_file import read
from tests.unit.operator import ACCOUNTS, inputs

HOST, OURS, FIRST = "mail.example.com", "postmaster@example.com", "alice@example.com"
ALIAS = "postmaster@example.com bob@example.com\n"


@pytest.mark.parametrize(
    ("virtual", "said", "address", "told"),
    [
        (
            "",
            "",
            FIRST,
            ["there is no account or alias postmaster@example.com; its mail goes to the first account, " + FIRST],
        ),
        (ALIAS, "", OURS, []),
        ("", "Bob@Example.com", "bob@example.com", []),
        ("", "ops@elsewhere.example", "ops@elsewhere.example", []),
        (
            "",
            "nobody@example.com",
            "nobody@example.com",
            ["POSTMASTER_ADDRESS: nobody@example.com is not a mailbox or alias here"],
        ),
    ],
)
def test_postmaster(virtual: str, said: str, address: str, told: list[str]) -> None:
    environ = {"POSTMASTER_ADDRESS": said} if said else {}
    found, problems = postmaster(inputs(ACCOUNTS | {"postfix-virtual.cf": virtual}, **environ))
    assert (found, [problem.what for problem in problems]) == (address, told)


def test_a_pattern_for_others_is_no_postmaster() -> None:
    texts = ACCOUNTS | {"postfix-regexp.cf": "/^ticket-/ bob@example.com\n"}
    assert postmaster(inputs(texts))[0] == FIRST


def test_every_domain_has_a_postmaster() -> None:
    directory, _ = read(virtual=f"info@example.net {FIRST}\n")
    implied = {alias.name: alias.targets for alias in implied_aliases(directory, FIRST, HOST)}
    names = ["postmaster@example.com", "postmaster@example.net", f"postmaster@{HOST}", f"root@{HOST}"]
    assert implied == dict.fromkeys(names, (FIRST,))


def test_what_the_operator_wrote_wins() -> None:
    directory, _ = read(virtual=ALIAS)
    assert "postmaster@example.com" not in {alias.name for alias in implied_aliases(directory, FIRST, HOST)}
