from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.textfile import decode
from mailwright.formats.master_cf import (
    OPTION_NAME,
    SERVICE,
    Option,
    behind_postscreen,
    options,
    services,
    with_options,
)
from tests.unit.operator import file, told

MASTER = """\
# service
smtp       inet  n       -      n      -      -       smtpd
submission inet  n       -      n      -      -       smtpd
  -o syslog_name=postfix/submission
# a reason

  # indented
  -o smtpd_tls_security_level=encrypt
pickup     unix  n       -      n      60     1       pickup
"""


POSTSCREEN = """\
smtp       inet  n       -       n      -      1       postscreen
smtpd      pass  -       -       n      -      -       smtpd
"""


def option(row: str) -> Option:
    (found,), problems = options(file(row))
    assert not problems
    return found


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("smtp/inet/a=b", ("smtp", "inet", "a", "b")),
        (" submission/inet/smtpd_tls_security_level = may ", ("submission", "inet", "smtpd_tls_security_level", "may")),
        ("127.0.0.1:10025/inet/a=", ("127.0.0.1:10025", "inet", "a", "")),
        ("smtp/inet/a=b=c d", ("smtp", "inet", "a", "b=c d")),
    ],
)
def test_option(row: str, found: tuple[str, str, str, str]) -> None:
    it = option(row)
    assert (it.service, it.type, it.name, it.value, it.where) == (*found, "file.cf:1")


@pytest.mark.parametrize("row", ["smtp", "smtp/inet", "smtp/inet/a", "smtp inet n - n - - smtpd", "smtp/INET/a=b"])
def test_no_option(row: str) -> None:
    shown = "'smtp…'" if " " in row else repr(row)
    assert told(options(file(row))[1]) == [f"file.cf:1: {shown} is not service/type/parameter=value"]


def test_services() -> None:
    assert services(MASTER) == [("smtp", "inet"), ("submission", "inet"), ("pickup", "unix")]


@pytest.mark.parametrize(
    ("rows", "before", "after"),
    [
        ([], "", ""),
        (["submission/inet/syslog_name=x"], "syslog_name=postfix/submission", "syslog_name=x"),
        (["submission/inet/smtpd_tls_security_level=may"], "level=encrypt", "level=may"),
        (["smtp/inet/a=b"], "smtpd\nsubmission", "smtpd\n  -o a=b\nsubmission"),
        (["smtp/inet/a=b", "smtp/inet/a=c"], "smtpd\nsubmission", "smtpd\n  -o a=c\nsubmission"),
        (["submission/inet/a=b c"], "encrypt\n", "encrypt\n  -o { a = b c }\n"),
        (["pickup/unix/a="], "1       pickup\n", "1       pickup\n  -o a=\n"),
    ],
)
def test_with_options(rows: list[str], before: str, after: str) -> None:
    assert with_options(MASTER, map(option, rows)) == MASTER.replace(before, after)


PROXIES = """smtp-proxy pass - - n - 1 postscreen
smtpd-proxy pass - - n - 200 smtpd
submission-proxy pass - - n - 200 smtpd
"""


@pytest.mark.parametrize(
    ("row", "beside"),
    [
        ("smtp/inet/smtpd_tls_security_level=may", "smtpd-proxy"),
        ("smtp/inet/postscreen_greet_wait=3s", "smtp-proxy"),
        ("submission/inet/a=b", "submission-proxy"),
        ("submission/inet/mynetworks=10.0.0.0/8", ""),
        ("submission/inet/smtpd_upstream_proxy_protocol=haproxy", ""),
        ("submissions/inet/a=b", ""),
        ("submission-proxy/pass/a=b", ""),
    ],
)
def test_an_option_holds_for_clients_of_proxies_too(row: str, beside: str) -> None:
    *twins, said = behind_postscreen([option(row)], POSTSCREEN + PROXIES)
    assert [(twin.service, twin.type, twin.value) for twin in twins] == (
        [(beside, "pass", said.value)] if beside else []
    )


@pytest.mark.parametrize(
    ("row", "service"),
    [
        ("smtp/inet/smtpd_tls_security_level=may", "smtpd/pass"),
        ("smtp/inet/syslog_name=x", "smtpd/pass"),
        ("smtp/inet/postscreen_greet_wait=3s", "smtp/inet"),
        ("smtpd/pass/a=b", "smtpd/pass"),
        ("smtp/unix/a=b", "smtp/unix"),
        ("submission/inet/a=b", "submission/inet"),
    ],
)
def test_what_is_said_of_port_25_reaches_smtpd_behind_postscreen(row: str, service: str) -> None:
    (found,) = behind_postscreen([option(row)], POSTSCREEN)
    said = option(row)
    assert (f"{found.service}/{found.type}", found.name, found.value, found.where) == (
        service,
        said.name,
        said.value,
        said.where,
    )
    # A master.cf of the operator's own may have smtpd itself there.
    assert behind_postscreen([said], MASTER) == [said]


def test_tabs_before_options() -> None:
    tabs = MASTER.replace("  -o", "\t-o")
    changed = with_options(tabs, [option("submission/inet/smtpd_tls_security_level=may")])
    assert changed.count("smtpd_tls_security_level") == 1


def set_options(text: str) -> list[tuple[str, str]]:
    """(service, option's name) of every -o."""
    found, service = [], ""
    for line in text.splitlines():
        if match := SERVICE.match(line):
            service = f"{match['service']}/{match['type']}"
        if match := OPTION_NAME.match(line):
            found.append((service, match[1]))
    return found


SERVICES = st.sampled_from(["smtp/inet", "submission/inet", "pickup/unix"])
NAMES = st.sampled_from(["syslog_name", "smtpd_tls_security_level", "a"])


@given(st.lists(st.tuples(SERVICES, NAMES, st.text(alphabet="ab $,"))))
def test_each_option_is_set_once_and_the_rest_stays(rows: list[tuple[str, str, str]]) -> None:
    changed = with_options(MASTER, [option(f"{service}/{name}={value}") for service, name, value in rows])
    found = set_options(changed)
    assert len(found) == len(set(found))
    assert set(found) == set(set_options(MASTER)) | {(service, name) for service, name, _ in rows}
    assert services(changed) == services(MASTER)


@given(st.text() | st.text(alphabet="a/=# \n"))
def test_any_text_is_parsed(text: str) -> None:
    read, _ = decode("postfix-master.cf", text.encode("utf-8", "replace"))
    found, problems = options(read)
    assert all(problem.where.startswith("postfix-master.cf:") for problem in problems)
    assert with_options(MASTER, found).count("\n") >= MASTER.count("\n")
