from __future__ import annotations

from mailwright.model.overrides import Overrides, overrides
from tests.unit.operator import inputs, told


def test_nothing_is_overridden() -> None:
    assert overrides(inputs({})) == (Overrides(), [])


def test_postfix_files_are_parsed_and_dovecots_stay_texts() -> None:
    found, problems = overrides(
        inputs(
            {
                "postfix-main.cf": "biff = yes\n",
                "postfix-master.cf": "smtp/inet/smtpd_timeout=9s\n",
                "dovecot.cf": "mail_max_userip_connections = 9\n",
                "unbound.conf": "server:\n",
            }
        )
    )
    assert [(parameter.name, parameter.value) for parameter in found.main] == [("biff", "yes")]
    assert [(option.service, option.name, option.value) for option in found.master] == [
        ("smtp", "smtpd_timeout", "9s")
    ]
    assert found.main_file
    assert found.dovecot
    assert found.unbound
    assert (found.main_file.name, found.dovecot.name, found.unbound.name) == (
        *("postfix-main.cf", "dovecot.cf", "unbound.conf"),
    )
    assert problems == []


def test_mistakes_of_both_files_are_found_at_once() -> None:
    _, problems = overrides(inputs({"postfix-main.cf": "nonsense\n", "postfix-master.cf": "nonsense\n"}))
    assert [line.partition(":")[0] for line in told(problems)] == ["postfix-main.cf", "postfix-master.cf"]
