from __future__ import annotations

from pathlib import Path

import pytest

from mailwright.apply import sql_editing
from mailwright.apply.editing import ACCOUNTS, ALIASES, QUOTAS, RELAY_LOGINS, RELAY_MAP, Changes, RefusedError
from mailwright.apply.importing import Plan, plan
from mailwright.formats.dkim_keys import record
from mailwright.host.read import read_folder
from mailwright.model.imports.found import SEND, Found
from tests.foreign_servers import private_key
from tests.unit.sqlite import database

ANN, BEN = "ann@example.com", "ben@example.com"
BCRYPT = "{BLF-CRYPT}$2y$10$" + "a" * 53
OTHER = "{BLF-CRYPT}$2y$10$" + "b" * 53
KEY, KEY_2 = private_key(), private_key()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "postfix-accounts.cf").write_text(f"# people\n{ANN}|{BCRYPT}\n")
    return tmp_path


def found(*, key: str = "") -> Found:
    result = Found("mailcow")
    for name in (ANN, BEN):
        result.account(name, OTHER)
    result.quota(BEN, "5G")
    result.alias("team@example.com", [ANN, BEN])
    if key:
        result.key("example.com", "dkim", key)
    return result


def planned(config: Path, what: Found, *, update: bool = False) -> Plan:
    return plan(what, Changes(config), read_folder(config), update)


def carried_out(config: Path, what: Found, *, update: bool = False) -> Plan:
    result = planned(config, what, update=update)
    result.carry_out()
    result.changes.save()
    return result


def told(result: Plan) -> list[str]:
    return [" ".join(filter(None, (item.action, item.kind, item.name, item.reason))) for item in result.items]


def test_what_is_here_wins(config: Path) -> None:
    result = carried_out(config, found())
    assert told(result) == [
        f"keep account {ANN} differs here",
        f"add account {BEN}",
        "add alias team@example.com",
        f"add quota {BEN}",
    ]
    assert (config / ACCOUNTS.name).read_text() == f"# people\n{ANN}|{BCRYPT}\n{BEN}|{OTHER}\n"
    assert (config / ALIASES.name).read_text() == f"team@example.com {ANN},{BEN}\n"
    assert (config / QUOTAS.name).read_text() == f"{BEN}:5G\n"


def test_a_second_time_there_is_nothing_to_do(config: Path) -> None:
    carried_out(config, found(key=KEY))
    result = planned(config, found(key=KEY))
    assert result.is_empty
    assert told(result) == [f"keep account {ANN} differs here"]
    assert result.same == 4


def test_update_takes_the_other_servers_value(config: Path) -> None:
    assert f"change account {ANN}" in told(carried_out(config, found(), update=True))
    assert f"{ANN}|{OTHER}" in (config / ACCOUNTS.name).read_text()
    assert planned(config, found(), update=True).is_empty


def test_a_password_that_is_here_is_never_replaced_by_none(config: Path) -> None:
    what = Found("mailu")
    what.account(ANN, "$bcrypt-sha256$x")
    assert what.locked == {ANN}
    assert planned(config, what, update=True).is_empty


def test_rows_of_an_account_that_was_here(config: Path) -> None:
    what = found()
    what.quota(ANN, "1G")
    what.refuse(SEND, ANN)
    what.alias(ANN, ["x@else.test"], "forward")
    here = "the account is here already"
    assert {f"keep quota {ANN} {here}", f"keep may not send {ANN} {here}", f"keep alias {ANN} {here}"} <= set(
        told(planned(config, what))
    )
    assert {f"add quota {ANN}", f"add may not send {ANN}", f"add alias {ANN}"} <= set(
        told(planned(config, what, update=True))
    )


def test_kinds_of_aliases(config: Path) -> None:
    what = Found("mailcow")
    for name, to in (("a@x.test", ANN), ("@x.test", ANN), ("@y.test", "@x.test")):
        what.alias(name, [to])
    assert told(planned(config, what)) == ["add alias a@x.test", "add catch-all @x.test", "add alias domain @y.test"]


def test_sizes_are_compared_as_numbers(config: Path) -> None:
    (config / QUOTAS.name).write_text(f"{BEN}: 5120M\n")
    assert not any("quota" in line for line in told(planned(config, found())))


def test_names_that_are_taken(config: Path) -> None:
    (config / ALIASES.name).write_text(f"{BEN} {ANN}\nTeam@example.com {BEN} {ANN}\n")
    result = planned(config, found())
    assert f"keep account {BEN} is an alias here" in told(result)
    assert not any("team@" in line for line in told(result))  # the same recipients in another order


def test_an_alias_that_leads_back_to_itself_stays_behind(config: Path) -> None:
    (config / ALIASES.name).write_text("a@example.com b@example.com\n")
    what = found()
    what.alias("b@example.com", ["c@example.com"])
    what.alias("c@example.com", ["A@example.com"])
    result = planned(config, what)
    assert list(result.rows[ALIASES]) == ["team@example.com"]
    assert {one.name for one in result.left} == {"b@example.com", "c@example.com"}


def test_a_password_never_goes_to_another_relay_host(config: Path) -> None:
    (config / RELAY_MAP.name).write_text("@example.com [ours.test]:25\n")
    what = found()
    what.relay("@example.com", "[theirs.test]:25", "me", "secret")
    what.relay("@second.test", "[theirs.test]:25", "me", "secret")
    result = planned(config, what)
    assert list(result.rows[RELAY_LOGINS]) == ["@second.test"]
    assert "keep relay login @example.com its relay host is another one here" in told(result)
    assert not any("secret" in str(item) for item in result.items)


@pytest.mark.parametrize(
    ("sender", "key"), [("@example.com", "@example.com"), (ANN, "@example.com"), ("@example.com", ANN)]
)
def test_a_login_of_ours_never_goes_to_their_relay_host(config: Path, sender: str, key: str) -> None:
    (config / RELAY_LOGINS.name).write_text(f"{key} us:ours\n")
    what = Found("mailcow")
    what.relay(sender, "[theirs.test]:25", "", "")
    for update in (False, True):
        result = planned(config, what, update=update)
        assert RELAY_MAP not in result.rows
        assert told(result) == [f"keep relay host {sender} it would get a login that is here for this domain"]
    what.relay(key, "[theirs.test]:25", "me", "secret")
    assert planned(config, what, update=True).rows[RELAY_MAP][key] == "[theirs.test]:25"


def test_a_key_keeps_its_selector(config: Path) -> None:
    carried_out(config, found(key=KEY))
    folder = config / "rspamd/dkim"
    assert record((folder / "rsa-2048-dkim-example.com.private.txt").read_bytes()) == record(KEY.encode())
    assert record(KEY.encode()) in (folder / "rsa-2048-dkim-example.com.public.dns.txt").read_text()


@pytest.mark.parametrize("selector", ["dkim", "mail"])
def test_a_key_beside_ours(config: Path, selector: str) -> None:
    ours = config / f"opendkim/keys/example.com/{selector}.private"
    ours.parent.mkdir(parents=True)
    ours.write_text(KEY_2)
    kept = planned(config, found(key=KEY))
    assert not kept.files
    reason = "differs here" if selector == "dkim" else "another key signs for example.com here"
    assert f"keep DKIM key dkim._domainkey.example.com {reason}" in told(kept)
    assert planned(config, found(key=KEY), update=True).files


def test_a_key_of_a_foreign_domain(config: Path) -> None:
    what = found()
    what.key("else.test", "dkim", KEY)
    result = planned(config, what)
    assert not result.files
    assert result.left[-1].reason == "no account or alias here has the domain else.test"


def test_scripts_and_patterns(config: Path) -> None:
    (config / "postfix-regexp.cf").write_text(f"/^a/  {ANN}")
    what = found()
    what.patterns = [f"/^a/ {ANN}", f"/^b/ {BEN}"]
    what.sieve(ANN, "keep;")
    what.sieve(BEN, "keep;")
    result = carried_out(config, what)
    assert f"add regexp alias /^b/ {BEN}" in told(result)
    assert (config / "postfix-regexp.cf").read_text() == f"/^a/  {ANN}\n/^b/ {BEN}\n"
    assert (config / f"{BEN}.dovecot.sieve").read_text() == "keep;\n"
    assert f"keep Sieve script {ANN}.dovecot.sieve the account is here already" in told(result)
    assert planned(config, what).is_empty


def test_accounts_elsewhere(config: Path) -> None:
    with pytest.raises(RefusedError, match="accounts are in the directory"):
        plan(found(), Changes(config, "the directory"), {}, False)


def test_no_hash_among_what_is_shown(config: Path) -> None:
    shown = str(planned(config, found(key=KEY)).items)
    assert "BLF-CRYPT" in shown
    assert "$2y$" not in shown
    assert "PRIVATE" not in shown


def test_accounts_in_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("forget_logins", "forget_answers", "run"):
        monkeypatch.setattr(sql_editing, name, lambda *_: None)
    place = database(tmp_path)
    what = found()
    what.refuse(SEND, BEN)
    result = plan(what, sql_editing.opened(tmp_path, place), {}, False)
    result.carry_out()
    result.changes.save()
    changes = sql_editing.opened(tmp_path, place)
    assert dict(changes.rows(ACCOUNTS)) == {ANN: OTHER, BEN: OTHER}
    assert dict(changes.rows(QUOTAS)) == {BEN: str(5 << 30)}
    assert changes.recipients() == {"team@example.com": [ANN, BEN]}
    assert plan(what, changes, {}, False).is_empty
