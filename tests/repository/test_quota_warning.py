"""quota-warning's arguments come over a socket: what is no account of ours ends it before anything runs."""

from __future__ import annotations

import subprocess

import pytest

from tests.repository.source import ROOT

SCRIPT = ROOT / "target/mailwright/rootfs/usr/lib/mailwright/quota-warning"
NOT_AN_ACCOUNT = "quota-warning: not an account\n"


@pytest.mark.parametrize(
    "user",
    ["-d", "-c/tmp/x@example.com", "alice", "@example.com", "alice@", "a@b@c.de", "../../etc@example.com", "a b@c.de",
     "a@c.de\nBcc: x@y.z", "$(id)@c.de", "`id`@c.de", "a;id@c.de", "a'b@c.de", 'a"b@c.de', "a|b@c.de", ""],
)  # fmt: skip
def test_what_is_no_account_is_refused(user: str) -> None:
    done = subprocess.run(["sh", str(SCRIPT), "80", user], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (64, "", NOT_AN_ACCOUNT)


@pytest.mark.parametrize("threshold", ["81", "", "-80", "80;id", "80 95"])
def test_what_is_no_threshold_is_refused(threshold: str) -> None:
    command = ["sh", str(SCRIPT), threshold, "alice@example.com"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.startswith("quota-warning: '80', '95' or 'under' expected")
