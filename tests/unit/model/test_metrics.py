"""Who may read /metrics."""

from __future__ import annotations

from hashlib import sha256

import pytest

from mailwright.model.metrics import Metrics, metrics
from mailwright.model.web import Web
from tests.unit.operator import ACCOUNTS, inputs, mailserver, refused

TOKEN = "0123456789abcdef"
DIGEST = sha256(TOKEN.encode()).hexdigest()


def made(**environ: str) -> tuple[Metrics | None, list[str]]:
    value, problems = metrics(inputs(ACCOUNTS, ENABLE_WEB="1", **environ))
    return value, [str(problem) for problem in problems]


def made_web(**environ: str) -> Web:
    web = mailserver(**environ).web
    assert web
    return web


def test_nobody_by_itself() -> None:
    assert made() == (None, [])
    assert made_web(ENABLE_WEB="1").metrics is None


def test_a_token() -> None:
    assert made(METRICS_TOKEN=TOKEN) == (Metrics(DIGEST), [])
    assert TOKEN not in repr(made_web(ENABLE_WEB="1", METRICS_TOKEN=TOKEN).metrics)


def test_networks() -> None:
    assert made(METRICS_NETWORKS="10.0.3.7 10.0.8.0/24") == (Metrics("", ("10.0.3.7/32", "10.0.8.0/24")), [])


def test_a_gateway_gets_nothing_without_a_token() -> None:
    value, [warning] = made(METRICS_NETWORKS="172.16.0.0/12")
    assert value == Metrics("", ("172.16.0.0/12",), ("172.18.0.1",))
    assert "METRICS_NETWORKS: clients behind Docker's proxy have the address 172.18.0.1; it gets no numbers" in warning
    assert made(METRICS_NETWORKS="172.18.0.1", METRICS_TOKEN=TOKEN) == (Metrics(DIGEST, ("172.18.0.1/32",)), [])


def test_a_proxy_gets_nothing_without_a_token() -> None:
    """It may not say who asks."""
    environ = {"ENABLE_WEB": "1", "METRICS_NETWORKS": "10.0.0.0/8", "WEB_BEHIND_PROXY": "10.0.7.0/24"}
    assert made_web(**environ).metrics == Metrics("", ("10.0.0.0/8",), ("10.0.7.0/24",))
    assert made_web(**environ, METRICS_TOKEN=TOKEN).metrics == Metrics(DIGEST, ("10.0.0.0/8",))


def test_without_a_web_server_nobody_is_answered() -> None:
    value, problems = metrics(inputs(ACCOUNTS, METRICS_TOKEN=TOKEN, METRICS_NETWORKS="10.0.3.7"))
    assert value is None
    assert [problem.warning for problem in problems] == [True, True]
    assert "METRICS_TOKEN: has no effect without ENABLE_WEB=1" in str(problems[0])


@pytest.mark.parametrize("token", ["short", "0123456789 abcdef", "0123456789abcdeü", '"0123456789abcdef"'])
def test_what_is_no_token_is_refused_and_not_shown(token: str) -> None:
    [line] = [line for line in refused(ENABLE_WEB="1", METRICS_TOKEN=token) if "METRICS_TOKEN" in line]
    assert "is not a token: 16 or more of the characters" in line
    assert token not in line
