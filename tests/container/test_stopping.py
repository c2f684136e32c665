"""Stopping, idle and under load: no mail is lost, none comes twice."""

from __future__ import annotations

import time

import pytest

from tests.container.conftest import ALICE
from tests.container.docker import docker, until
from tests.container.lab import Lab, accounts
from tests.faults import ends

CONFIG = {"postfix-accounts.cf": accounts(ALICE)}


def test_an_idle_server_stops_in_order_with_exit_code_0(lab: Lab) -> None:
    server = lab.mailserver("order", CONFIG, {"SUPERVISOR_LOGLEVEL": "info"})
    began = time.monotonic()
    assert server.stop() == 0
    print(f"docker stop: {time.monotonic() - began:.2f} s")
    log = server.log()
    assert 0 < log.index("stopped: postfix") < log.index("stopped: dovecot") < log.index("stopped: rsyslog")
    assert "SIGKILL" not in log


@pytest.mark.parametrize("signal", ["TERM", "INT"])
def test_a_signal_ends_all_with_exit_code_0(lab: Lab, signal: str) -> None:
    server = lab.mailserver(f"signal-{signal.lower()}", CONFIG)
    docker("kill", "--signal", signal, server.name)
    until("its end", lambda: server.inspect("{{.State.Status}}") == "exited")
    assert server.inspect("{{.State.ExitCode}}") == "0"


def test_a_stop_in_the_middle_of_a_start_ends_it(lab: Lab) -> None:
    server = lab.mailserver("early", CONFIG, ready=())
    # The kernel drops a signal for a first process that has no handler yet.
    until("the start", server.log)
    assert server.stop() in (0, 143)  # tini passes a signal on to whoever is there
    docker("start", server.name)
    server.wait_ready(25, 587, 993)


def test_dovecot_stops_in_the_first_moments_of_its_start(lab: Lab) -> None:
    """It forgets a SIGTERM then; without another one supervisord would kill it."""
    server = lab.mailserver("first", CONFIG, {"SUPERVISOR_LOGLEVEL": "info"})
    for _ in range(4):
        server.run("supervisorctl", "stop", "dovecot")
        server.run("sh", "-c", "supervisorctl start dovecot & sleep 0.03; supervisorctl stop dovecot; wait")
    assert "with SIGKILL" not in server.log()


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_under_load_nothing_is_lost_and_a_stop_delivers_nothing_twice(lab: Lab, how: str) -> None:
    """A small share of ``make faults``, with the filter."""
    for row in ends.rows_of(how, lab, rounds=2, longest=0.5):
        print("; ".join([*row.cells(), *row.slow]))
        assert row.broken == []
