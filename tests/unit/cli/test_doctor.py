from __future__ import annotations

from mailwright.cli.doctor import report
from mailwright.doctor import Finding
from mailwright.doctor.partial import partial
from mailwright.model.building import build
from tests.unit.operator import ACCOUNTS, reading, told


def test_report() -> None:
    found = [
        Finding("a", "queue", "is long", "wait"),
        Finding("b", "queue", "is odd", "", "note"),
        Finding("c", "clock", "ticks", "", "not asked"),
    ]
    assert report(found) == [
        *("queue", "  ! is long\n      wait", "  - is odd", "clock", "  ? ticks", "1 finding, 1 note, 1 not asked")
    ]
    assert report([]) == ["0 findings, 0 notes, 0 not asked"]


def test_a_server_whose_configuration_is_refused_is_looked_at_all_the_same() -> None:
    config = {**ACCOUNTS, "postfix-virtual.cf": "nonsense\ninfo@other.net alice@example.com\n"}
    server, problems = partial(reading(config))
    assert told(problems)[0].startswith("postfix-virtual.cf:1: alias 'nonsense' has no target")
    assert (server.hostname, sorted(server.directory.domains)) == ("mail.example.com", ["example.com", "other.net"])
    assert server.certificates == ()


def test_a_server_that_is_fine() -> None:
    given = reading(ACCOUNTS)
    server, problems = partial(given)
    assert problems == ()
    assert server == build(given)
