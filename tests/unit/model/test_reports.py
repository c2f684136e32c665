from __future__ import annotations

from collections.abc import Mapping

import pytest

from mailwright.core.problems import Problem
from mailwright.model.reports import Report, reports
from tests.unit.operator import ACCOUNTS, inputs, mailserver

ALICE, SENDER = "alice@example.com", "mailserver-report@mail.example.com"
DAILY = {"PFLOGSUMM_TRIGGER": "daily_cron"}


def made(environ: Mapping[str, str], texts: Mapping[str, str] = ACCOUNTS) -> tuple[tuple[Report, ...], list[Problem]]:
    return reports(inputs(texts, **environ))


def test_without_being_asked_for_there_is_none() -> None:
    assert made({"REPORT_RECIPIENT": ALICE, "PFLOGSUMM_TRIGGER": "none", "LOGWATCH_INTERVAL": "none"}) == ((), [])


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (DAILY, Report("daily", ALICE, SENDER)),
        ({"PFLOGSUMM_TRIGGER": "logrotate"}, Report("rotation", ALICE, SENDER)),
        ({"LOGWATCH_INTERVAL": "weekly"}, Report("weekly", ALICE, SENDER)),
        ({**DAILY, "LOGWATCH_INTERVAL": "daily"}, Report("daily", ALICE, SENDER)),
        ({**DAILY, "REPORT_RECIPIENT": "Bob@example.com"}, Report("daily", "bob@example.com", SENDER)),
        (
            {**DAILY, "REPORT_RECIPIENT": "x@other.test", "PFLOGSUMM_RECIPIENT": "ops@other.test"},
            Report("daily", "ops@other.test", SENDER),
        ),
        ({**DAILY, "POSTMASTER_ADDRESS": "ops@other.test"}, Report("daily", "ops@other.test", SENDER)),
        ({**DAILY, "REPORT_SENDER": "r@example.com"}, Report("daily", ALICE, "r@example.com")),
        (
            {**DAILY, "REPORT_SENDER": "r@example.com", "PFLOGSUMM_SENDER": "p@example.com"},
            Report("daily", ALICE, "p@example.com"),
        ),
    ],
)
def test_who_gets_which_report(environ: dict[str, str], expected: Report) -> None:
    assert made(environ) == ((expected,), [])


def test_two_triggers_with_a_recipient_each() -> None:
    second = {"LOGWATCH_INTERVAL": "daily", "LOGWATCH_RECIPIENT": "bob@example.com", "LOGWATCH_SENDER": "w@example.com"}
    found, problems = made(DAILY | second)
    assert found == (Report("daily", ALICE, SENDER), Report("daily", "bob@example.com", "w@example.com"))
    assert problems == []


@pytest.mark.parametrize("name", ["PFLOGSUMM_RECIPIENT", "REPORT_RECIPIENT"])
def test_several_recipients_as_in_docker_mailserver(name: str) -> None:
    found, problems = made({**DAILY, name: "alice@example.com, Ops@other.test"})
    assert found == (Report("daily", ALICE, SENDER), Report("daily", "ops@other.test", SENDER))
    assert problems == []


def test_one_of_several_recipients_does_not_exist() -> None:
    _, [problem] = made({**DAILY, "REPORT_RECIPIENT": "alice@example.com,nobody@example.com"})
    assert problem.what == "REPORT_RECIPIENT: nobody@example.com is not a mailbox or alias here"


def test_a_recipient_of_ours_that_does_not_exist() -> None:
    _, [problem] = made({**DAILY, "PFLOGSUMM_RECIPIENT": "nobody@example.com"})
    assert problem.what == "PFLOGSUMM_RECIPIENT: nobody@example.com is not a mailbox or alias here"
    assert not problem.warning


def test_nobody_is_named() -> None:
    texts = {"postfix-accounts.cf": ACCOUNTS["postfix-accounts.cf"].replace("example.com", "other.example")}
    found, [problem] = made(DAILY, texts)
    assert found == ()
    nobody = "postmaster@example.com is not an address of this server"
    assert problem.what == f"PFLOGSUMM_TRIGGER: nobody is named who gets the report: {nobody}"
    assert problem.hint == "set REPORT_RECIPIENT"
    assert made({**DAILY, "REPORT_RECIPIENT": "alice@other.example"}, texts)[1] == []


def test_a_server_without_mailboxes_must_be_told() -> None:
    _, [problem] = made({**DAILY, "SMTP_ONLY": "1"}, {})
    assert problem.hint == "set REPORT_RECIPIENT"


def test_before_the_first_account_the_server_starts() -> None:
    found, [problem] = made(DAILY, {})
    assert found == ()
    assert problem.warning


@pytest.mark.parametrize("name", ["PFLOGSUMM_SENDER", "LOGWATCH_RECIPIENT", "REPORT_SENDER"])
def test_what_is_not_an_address_is_refused(name: str) -> None:
    problems = inputs(ACCOUNTS, **{name: "Mail Server <x@example.com>"}).variables.problems
    assert [problem.what.partition(":")[0] for problem in problems if not problem.warning] == [name]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("PFLOGSUMM_TRIGGER", "daily", "did you mean daily_cron?"),
        ("LOGWATCH_INTERVAL", "weekyl", "did you mean weekly?"),
        ("LOGROTATE_INTERVAL", "hourly", "is not one of daily, weekly, monthly"),
        ("LOGROTATE_COUNT", "-1", "is not a whole number"),
        ("LOGROTATE_SIZE", "5k", "is less than 1M"),
    ],
)
def test_wrong_words(name: str, text: str, said: str) -> None:
    [problem] = inputs(ACCOUNTS, **{name: text}).variables.problems
    assert said in str(problem)


def test_the_mailserver_has_them() -> None:
    assert mailserver(ACCOUNTS, **DAILY).reports == (Report("daily", ALICE, SENDER),)
