from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.core.problems import ConfigurationError, errors
from mailwright.model.building import build
from mailwright.model.filters import Known, rspamd
from mailwright.render.tree import render
from tests.unit.operator import ACCOUNTS, inputs, mailserver, reading, refused

NAME = "rspamd/custom-commands.conf"


def overrides(content: dict[str, str]) -> dict[str, str]:
    found, problems = rspamd(inputs(content))
    assert not problems
    return {name: it.text for name, it in found.overrides.items()}


@pytest.mark.parametrize(
    ("line", "name", "text"),
    [
        ("disable-module rbl", "rbl.conf", "enabled = false;\n"),
        ("enable-module neural", "neural.conf", "enabled = true;\n"),
        ("set-option-for-module greylist timeout 2min", "greylist.conf", "timeout = 2min;\n"),
        ("set-option-for-controller count 2", "worker-controller.inc", "count = 2;\n"),
        ("set-option-for-proxy count 4", "worker-proxy.inc", "count = 4;\n"),
        ("set-common-option task_timeout 9s", "options.inc", "task_timeout = 9s;\n"),
        ("add-line groups.conf group x { score = 1; }", "groups.conf", "group x { score = 1; }\n"),
    ],
)
def test_each_command(line: str, name: str, text: str) -> None:
    assert overrides({NAME: f"# why\n\n{line}\n"}) == {name: text}


def test_commands_come_after_the_operators_file_and_take_its_options_place() -> None:
    held = {"rspamd/override.d/greylist.conf": "timeout = 1min;\nexpire = 1d", NAME: ""}
    said = "set-option-for-module greylist timeout 2min\nadd-line greylist.conf ipv4_mask = 24;\n"
    assert overrides(held | {NAME: said}) == {"greylist.conf": "timeout = 2min;\nexpire = 1d\nipv4_mask = 24;\n"}


def test_white_lists() -> None:
    lists = {
        "whitelist_clients.local": "# known\n192.0.2.0/24\nmail.example.net\n/pattern/\n",
        "whitelist_recipients": "abuse@example.com\nexample.org\n",
    }
    found, problems = rspamd(inputs(lists))
    assert found.known == Known(("192.0.2.0/24",), ("mail.example.net",), ("abuse@example.com", "@example.org"))
    assert [problem.where for problem in problems] == ["whitelist_clients.local:4"]


def test_our_addresses_and_the_operators_options_are_one_file() -> None:
    path = "rspamd/override.d/options.inc"
    assert "local_addrs" in render(mailserver())[path].content
    text = render(mailserver(ACCOUNTS | {NAME: "set-common-option task_timeout 9s\n"}))[path]
    assert text.content.splitlines()[-1] == "task_timeout = 9s;"
    assert "local_addrs" in text.content
    own = render(mailserver(ACCOUNTS | {"rspamd/override.d/options.inc": "local_addrs = [];\n"}))[path]
    assert own.content == "local_addrs = [];\n"


def test_a_line_of_a_command_is_cited_with_its_own_line() -> None:
    config = {
        NAME: "# one\n\nset-option-for-module dkim x {\nset-option-for-module dkim y 2\n",
        "rspamd/override.d/dkim.conf": "# mine\ny = 1;\nz = 1;\n",
    }
    rendered = render(mailserver(ACCOUNTS | config))["rspamd/override.d/dkim.conf"]
    assert rendered.content.splitlines() == ["# mine", "y = 2;", "z = 1;", "x = {;"]
    own = "rspamd/override.d/dkim.conf"
    assert [rendered.origin(line) for line in (1, 2, 3, 4)] == [f"{own}:1", f"{NAME}:4", f"{own}:3", f"{NAME}:3"]


def test_a_command_among_our_options_is_cited_with_its_own_line() -> None:
    rendered = render(mailserver(ACCOUNTS | {NAME: "\n\nset-common-option a b\n"}))["rspamd/override.d/options.inc"]
    assert rendered.origin(len(rendered.content.splitlines())) == f"{NAME}:3"


def test_gateways_are_strangers_even_where_their_network_is_not() -> None:
    tree = render(mailserver(PERMIT_DOCKER="network"))
    inside = tree["rspamd/override.d/options.inc"].content
    assert "172.18.0.1/32" not in inside
    assert '"172.16.0.0/12"' not in inside
    assert '"172.18.0.2/31"' in inside
    assert '"172.18.0.1"' in tree["rspamd/local.d/settings.conf"].content


def test_values_stay_inside_their_quotes() -> None:
    tree = render(mailserver(RSPAMD_WEB_PASSWORD='x"; y = 1; ${z} {= 7*7 =}', ENABLE_POSTGREY="1", POSTGREY_TEXT='a"b'))
    controller = tree["rspamd/local.d/worker-controller.inc"]
    assert 'password = "x\\"; y = 1; \\u0024\\u007bz} \\u007b= 7*7 =}";' in controller.content
    assert controller.secret
    assert 'message = "a\\"b";' in tree["rspamd/local.d/greylist.conf"].content


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"ENABLE_RSPAMD_REDIS": "0"}, "warning: environment: ENABLE_RSPAMD_REDIS: without Redis Rspamd does not learn,"
         " greylist or count mail (hint: set RSPAMD_REDIS_SERVER)"),
        ({"RSPAMD_REDIS_SERVER": "redis:6379"},
         "warning: environment: RSPAMD_REDIS_SERVER: has no effect without ENABLE_RSPAMD_REDIS=0"),
        ({"RSPAMD_REDIS_SERVER": "redis"}, "environment: RSPAMD_REDIS_SERVER: 'redis' is not host:port"),
        ({"ENABLE_RSPAMD": "0", "ENABLE_CLAMAV": "1"},
         "warning: environment: ENABLE_CLAMAV: has no effect with ENABLE_RSPAMD=0"),
        ({"ENABLE_SPAMASSASSIN": "1", "SA_KILL": "7"},
         "warning: environment: SA_KILL: sets the score from which Rspamd rejects mail (reject)"),
        ({"SPAM_SUBJECT": "${x}"}, "environment: SPAM_SUBJECT: '${x}' contains ${, which starts a variable in Sieve"),
        ({"SUBMISSION_LIMIT": "-1"}, "environment: SUBMISSION_LIMIT: '-1' is not a whole number (0 or more)"),
        ({"RSPAMD_WEB_PASSWORD": "short"}, "warning: environment: RSPAMD_WEB_PASSWORD: is shorter than 8 characters"),
    ],
)  # fmt: skip
def test_doubts_and_the_old_chain(environ: dict[str, str], said: str) -> None:
    assert said in refused(**environ)


@pytest.mark.parametrize(
    ("environ", "path", "line"),
    [
        ({"ENABLE_POSTGREY": "1", "POSTGREY_DELAY": "60"}, "greylist.conf", "timeout = 60s;"),
        ({"ENABLE_SPAMASSASSIN": "1", "SA_KILL": "7"}, "actions.conf", "reject = 7.0;"),
        ({"ENABLE_SPAMASSASSIN": "1", "SA_TAG2": "5.5"}, "actions.conf", "add_header = 5.5;"),
        ({"ENABLE_SPAMASSASSIN": "1", "SPAMASSASSIN_SPAM_TO_INBOX": "1"}, "actions.conf", "reject = null;"),
        ({"RSPAMD_HFILTER_HOSTNAME_UNKNOWN_SCORE": "3"}, "hfilter_group.conf", "    score = 3.0;"),
        ({"ENABLE_RSPAMD_REDIS": "0", "RSPAMD_REDIS_SERVER": "redis:6379"}, "redis.conf", 'servers = "redis:6379";'),
        ({"RSPAMD_DNSBL": "0"}, "rbl.conf", "enabled = false;"),
        ({}, "rbl.conf", "enabled = true;"),
    ],
)
def test_what_settings_become(environ: dict[str, str], path: str, line: str) -> None:
    assert line in render(mailserver(**environ))[f"rspamd/local.d/{path}"].content.splitlines()


@pytest.mark.parametrize(("rspamd_is_on", "refusals"), [("1", 1), ("0", 0)])
def test_clamav_in_an_image_without_it_is_refused(rspamd_is_on: str, refusals: int) -> None:
    given = reading(ACCOUNTS, ENABLE_CLAMAV="1", ENABLE_RSPAMD=rspamd_is_on)
    image = replace(given, sources=replace(given.sources, left_out=frozenset({"ClamAV"})))
    found = errors(build(given).warnings)
    assert found == []
    try:
        build(image)
    except ConfigurationError as error:
        found = errors(error.problems)
    assert [problem.what for problem in found] == ["ENABLE_CLAMAV: this image was built without ClamAV"] * refusals
