from __future__ import annotations

import pytest

from mailwright.model.limits import BASE, DESCRIPTORS, MB, Limits, too_small

MEMORY = {"postfix": 40, "rspamd": 100}
PROCESSES = {"postfix": 400, "dovecot": 1000}
ENOUGH = Limits((BASE + 140) * MB, 1400, DESCRIPTORS)


@pytest.mark.parametrize("limits", [ENOUGH, Limits(None, None, DESCRIPTORS)])
def test_enough_needs_no_word(limits: Limits) -> None:
    assert too_small(limits, MEMORY, PROCESSES) == []


@pytest.mark.parametrize(
    ("limits", "words", "cure"),
    [
        (ENOUGH._replace(memory=128 * MB), ("has 128 MB", "about 170 MB", "rspamd 100, postfix 40"), "mem_limit"),
        (ENOUGH._replace(processes=1399), ("1399 processes", "may start 1400", "dovecot 1000"), "pids_limit"),
        (ENOUGH._replace(descriptors=1024), ("1024 open files", str(DESCRIPTORS)), "nofile"),
    ],
)
def test_too_little_is_one_warning_with_its_cure(limits: Limits, words: tuple[str, ...], cure: str) -> None:
    [problem] = too_small(limits, MEMORY, PROCESSES)
    assert problem.warning
    assert all(word in problem.what for word in words), problem.what
    assert cure in problem.hint
