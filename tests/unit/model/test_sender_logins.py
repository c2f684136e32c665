"""Which logins may send as which alias, and Rspamd's map of that."""

from __future__ import annotations

from mailwright.services.rspamd import senders
from tests.unit.operator import ACCOUNTS, mailserver


def rows(virtual: str, more: str = "", *, domains: bool = False) -> dict[str, str]:
    """Rspamd's map."""
    accounts = ACCOUNTS["postfix-accounts.cf"] + more
    config = {"postfix-accounts.cf": accounts, "postfix-virtual.cf": virtual}
    text = senders(mailserver(config, SPOOF_PROTECTION="0" if domains else "1"))
    return dict(line.split(" ", 1) for line in text.splitlines() if not line.startswith("postmaster@"))


def test_accounts_alone_need_no_row() -> None:
    assert rows("") == {}


def test_aliases() -> None:
    assert rows("team@example.com bob@example.com,alice@example.com,x@outside.test\n") == {
        "team@example.com": "alice@example.com,bob@example.com"
    }
    assert rows("away@example.com x@outside.test\n") == {}


def test_other_domains_of_a_login() -> None:
    assert rows("info@second.test alice@example.com\n", domains=True) == {
        "info@second.test": "alice@example.com",
        "alice@example.com/second.test": "1",
    }


def test_a_catch_all_does_not_own_the_mailboxes_beside_it() -> None:
    hash_ = ACCOUNTS["postfix-accounts.cf"].partition("|")[2].partition("\n")[0]
    found = rows("@catch.test alice@example.com\n", f"carol@catch.test|{hash_}\n")
    assert found["@catch.test"] == "alice@example.com"
    assert found["carol@catch.test"] == "carol@catch.test"
