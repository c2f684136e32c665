from __future__ import annotations

from mailwright.model.privileges import NEEDED, lacking

ALL = (1 << 41) - 1


def test_root_with_its_capabilities_may_start() -> None:
    assert lacking(0, ALL) == []
    assert lacking(0, sum(1 << bit for bit in NEEDED.values())) == []


def test_what_is_missing_is_named() -> None:
    (problem,) = lacking(1000, ALL)
    assert problem.what == "runs as user 1000, but must start as root"
    (problem,) = lacking(0, ALL & ~(1 << 0) & ~(1 << 18))
    assert problem.what == "lacks the capabilities CHOWN, SYS_CHROOT"
    assert problem.hint == "add them to cap_add in compose.yaml, as in Mailwright's compose.yaml"
