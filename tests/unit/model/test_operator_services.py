from __future__ import annotations

import pytest

from mailwright.core.textfile import TextFile
from mailwright.formats.master_cf import options
from mailwright.model.operator_services import problems
from mailwright.settings import Settings
from tests.unit.operator import told

MASTER = "smtp inet n - n - - smtpd\nsubmission inet n - n - - smtpd\nsubmissions inet n - n - - smtpd\n"
KNOWN = "smtp/inet, submission/inet, submissions/inet"


def said_of(text: str, **values: bool) -> list[str]:
    operators, _ = options(TextFile("m.cf", text))
    return told(problems(operators, MASTER, Settings(**values)))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("smtp/inet/a=b", []),
        ("nosuch/unix/a=b", [f"m.cf:1: there is no service nosuch/unix (hint: the services are {KNOWN})"]),
        ("submision/inet/a=b", ["m.cf:1: there is no service submision/inet (did you mean submission/inet?)"]),
        ("smtps/inet/a=b", ["m.cf:1: there is no service smtps/inet (did you mean submissions/inet?)"]),
        (
            "smtp-amavis/unix/a=b\nsmtp-amavis/unix/c=d",
            [
                "warning: m.cf:1: smtp-amavis/unix does nothing: there is no Amavis here; Rspamd filters mail "
                "(hint: delete the rows)"
            ],
        ),
        (
            "relay-r.example-587/unix/a=b",
            [
                "warning: m.cf:1: relay-r.example-587/unix does nothing: no relay host with a login has this name "
                "(hint: add its login with: setup relay add-auth)"
            ],
        ),
    ],
)
def test_what_is_said_of_a_service(row: str, said: list[str]) -> None:
    assert said_of(f"{row}\n") == said


def test_a_port_that_is_off_is_hinted_at() -> None:
    row = "smtp/inet/a=b\nsubmissions/inet/a=b\n"
    off = "warning: m.cf:2: submissions/inet does nothing: it is off (hint: set ENABLE_SUBMISSIONS=1 for port 465)"
    assert said_of(row) == [off]
    assert said_of(row, enable_submissions=True) == []
