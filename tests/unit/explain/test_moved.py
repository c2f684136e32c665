from __future__ import annotations

from mailwright.explain import moved
from mailwright.explain.moved import Entry, Kind
from mailwright.model.reading import Reading
from tests.scenarios.scenario import HERE, Scenario
from tests.unit.formats.test_dkim_keys import ED, pem
from tests.unit.operator import ACCOUNTS, sources


def entries(config: dict[str, str], **environ: str) -> dict[str, Entry]:
    """What becomes of each name."""
    found = moved.entries(moved.examined(Reading.of(sources(ACCOUNTS | config, **environ))))
    return {entry.name: entry for entry in found}


def test_what_is_refused_comes_first_and_says_why() -> None:
    found = entries({"postfix-virtual.cf": "info\n"}, TLS_LEVEL="moderm", PATH="/bin")
    assert [entry.name for entry in found.values()][:2] == ["TLS_LEVEL", "postfix-virtual.cf"]
    assert found["postfix-virtual.cf"].kind is Kind.REFUSED
    assert found["postfix-virtual.cf"].notes[0].startswith("postfix-virtual.cf:1: alias 'info' has no target")
    assert "PATH" not in found


def test_a_secret_that_can_not_be_read_belongs_to_its_variable() -> None:
    assert entries({}, RELAY_PASSWORD__FILE="/no")["RELAY_PASSWORD"].kind is Kind.REFUSED


def test_a_file_that_nothing_reads_differs() -> None:
    found = entries({"notes.txt": "x", "rspamd/local.d/a.conf": "x", "opendkim/KeyTable": "x"})
    assert found["notes.txt"] == Entry("notes.txt", Kind.DIFFERS, ("Mailwright does not read it",))
    assert found["opendkim/KeyTable"].notes == ("not needed: the path of a key has its domain and selector",)
    assert found["rspamd/local.d/a.conf"].kind is found["opendkim/KeyTable"].kind is Kind.DIFFERS


def test_the_record_of_a_key_stays_valid() -> None:
    found = entries({"opendkim/keys/example.com/mail.txt": "mail._domainkey IN TXT"})
    assert found["opendkim/keys/example.com/mail.txt"] == Entry("opendkim/keys/example.com/mail.txt", Kind.TAKEN)


def test_the_order_does_not_depend_on_that_of_the_environment() -> None:
    there = entries({}, TLS_LEVEL="modern", LOG_LEVEL="info", ENABLE_IMAP="1")
    names = [name for name, entry in there.items() if entry.kind is Kind.TAKEN]
    assert names[:3] == ["ENABLE_IMAP", "LOG_LEVEL", "TLS_LEVEL"]


def test_a_default_that_is_set_is_taken() -> None:
    assert entries({}, SPOOF_PROTECTION="0")["SPOOF_PROTECTION"].kind is Kind.TAKEN
    assert entries({})["SPOOF_PROTECTION"].kind is Kind.DIFFERS


def test_the_stock_file_is_no_wish_and_the_report_says_what_it_means() -> None:
    seen = moved.examined(Reading.of(sources(ACCOUNTS, **Scenario(HERE / "moved" / "stock").environ)))
    warned = [str(problem) for problem in seen.problems]
    assert [line.partition(": ")[2].split()[0] for line in warned if "postmaster@" not in line] == ["ENABLE_RSPAMD=0:"]
    found = {entry.name: entry for entry in moved.entries(seen)}
    interval = ("has no effect: Mailwright does not check for updates",)
    assert found["UPDATE_CHECK_INTERVAL"] == Entry("UPDATE_CHECK_INTERVAL", Kind.DIFFERS, interval)
    assert found["GETMAIL_POLL"].kind is Kind.TAKEN
    assert found["ENABLE_AMAVIS"].kind is Kind.TRANSLATED
    assert found["ENABLE_FETCHMAIL"].kind is Kind.TAKEN
    assert found["LOGROTATE_INTERVAL"].kind is Kind.TAKEN


def test_a_problem_of_the_machine_has_its_own_name() -> None:
    found = entries({}, OVERRIDE_HOSTNAME="mail")
    assert found["OVERRIDE_HOSTNAME"].kind is Kind.REFUSED


def test_a_key_is_not_said_to_sign_without_a_filter() -> None:
    path, key = "opendkim/keys/example.com/mail.private", pem(ED).decode()
    signing = entries({path: key}, ENABLE_RSPAMD="1")[path]
    assert signing == Entry(path, Kind.TRANSLATED, ("Rspamd signs with this key, for the domain of its folder",))
    unused = entries({path: key}, ENABLE_RSPAMD="0", ENABLE_OPENDKIM="0", ENABLE_AMAVIS="0")[path]
    assert unused.kind is Kind.DIFFERS
    assert unused.notes == (
        f"{path}: nothing signs with it: with ENABLE_RSPAMD=0 mail of example.com is not signed "
        "(hint: set ENABLE_RSPAMD=1)",
    )
