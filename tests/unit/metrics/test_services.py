from __future__ import annotations

from pathlib import Path

import pytest

from mailwright import __version__
from mailwright.metrics import rspamd, services
from mailwright.metrics.exposition import Sample
from mailwright.metrics.families import ACTIONS

FACTS = {
    "accounts": 2, "aliases": 0, "domains": None,
    "certificates": [{"name": "mail.b.test", "use": "main", "expires": 1_800_000_000, "self_signed": True}],
}  # fmt: skip
OUTCOME = {"problems": ["a", "b"], "warnings": ["c"], "generation": 7, "applied_at": "2026-11-27T14:11:56+00:00"}
TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:03E1 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 206623 1 0 100 0 0 10 0
   1: 14BFCD0A:03E1 01BFCD0A:A2C0 01 00000000:00000000 00:00000000 00000000     0        0 206624 1 0 20 4 30 10 -1
   2: 14BFCD0A:03E1 01BFCD0A:A2C2 01 00000000:00000000 00:00000000 00000000     0        0 206625 1 0 20 4 30 10 -1
   3: 14BFCD0A:0019 01BFCD0A:A2C4 06 00000000:00000000 00:00000000 00000000     0        0 0 3 0
   4: 14BFCD0A:A2C4 01BFCD0A:0019 01 00000000:00000000 00:00000000 00000000     0        0 0 3 0
"""


def values(samples: list[Sample]) -> dict[tuple[str, ...], float]:
    return {(sample.family, *sample.labels): sample.value for sample in samples}


def test_the_configuration() -> None:
    assert values(list(services.configuration(OUTCOME, FACTS))) == {
        ("build_info", __version__): 1,
        ("configuration_ok",): 0,
        ("configuration_problems",): 2,
        ("configuration_warnings",): 1,
        ("configuration_generation",): 7,
        ("configuration_applied_timestamp_seconds",): 1795788716,
        ("accounts",): 2,
        ("aliases",): 0,
        ("certificate_expiry_timestamp_seconds", "mail.b.test", "main"): 1_800_000_000,
        ("certificate_self_signed", "mail.b.test", "main"): 1,
    }


def test_services() -> None:
    states = [
        {"name": "postfix", "statename": "RUNNING", "start": 100},
        {"name": "rspamd", "statename": "BACKOFF", "start": 90},
    ]
    assert values(list(services.services(states))) == {
        ("service_up", "postfix"): 1,
        ("service_start_timestamp_seconds", "postfix"): 100,
        ("service_up", "rspamd"): 0,
    }


def test_sessions() -> None:
    """A login may hold anything but a tab, which doveadm escapes."""
    rows = "username\t#\tservice\t(pids)\t(ips)\na@b.test\t2\timap\t(1 2)\t()\nx y\t1\timap\t(3)\t()\nz\t4\todd\t\t\n"
    assert values(list(services.sessions(rows))) == {
        ("sessions", "imap"): 3, ("sessions", "pop3"): 0, ("sessions", "sieve"): 0,
    }  # fmt: skip


def test_connections(tmp_path: Path) -> None:
    (tmp_path / "tcp").write_text(TABLE)
    tables = (str(tmp_path / "tcp"), str(tmp_path / "tcp6"))
    ports = {"25": "smtp", "993": "imaps"}
    assert values(list(services.connections(ports, tables))) == {
        ("connections", "smtp"): 0, ("connections", "imaps"): 2,
    }  # fmt: skip


def test_volumes(tmp_path: Path) -> None:
    found = values(list(services.volumes({"mail": str(tmp_path)})))
    assert 0 < found["volume_free_bytes", "mail"] <= found["volume_size_bytes", "mail"]
    with pytest.raises(FileNotFoundError):
        list(services.volumes({"mail": str(tmp_path / "gone")}))


def test_the_filter() -> None:
    stat = {"actions": {"reject": 3, "no action": 4, "odd": 9}, "learned": 5, "scan_times": [0.2, None, 0.1, 0.9]}
    found = values(list(rspamd.samples(stat)))
    assert sum(found["filter_actions", action] for action in ACTIONS) == 7
    assert (found["filter_learned",], found["filter_scan_seconds", "0.5"]) == (5, 0.2)
    assert ("filter_scan_seconds", "1") not in values(list(rspamd.samples({**stat, "scan_times": []})))
