from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mailwright.core.problems import Problem
from mailwright.host import mailboxes

ME = (os.getuid(), os.getgid())
OTHER = (ME[0] + 1, ME[1] + 1)
Chown = Callable[..., None]


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    for path in ("a.test/alice/cur", "a.test/bob/cur/new", "b.test/carol", "lost+found"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "a.test/bob/subscriptions").touch()
    (tmp_path / "README").touch()
    (tmp_path / "link.test").symlink_to("/")
    return tmp_path


def names(mail: Path, owner: tuple[int, int], limit: int = 1000) -> set[str]:
    return {str(Path(path).relative_to(mail)) for path in mailboxes.foreign(mail, owner, limit)}


def test_what_belongs_to_another_is_found_from_the_top(mail: Path) -> None:
    assert names(mail, ME) == set()
    assert names(mail, OTHER) == {"a.test", "b.test"}
    assert len(names(mail, OTHER, limit=0)) == 0


def test_mailboxes_and_their_files_are_looked_at(mail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each level by the calls that are made, since only root can make files of other users."""
    seen: list[str] = []
    monkeypatch.setattr(os, "chown", lambda path, *_, **__: seen.append(str(path)))
    mailboxes.give(str(mail / "a.test"), OTHER)
    assert seen[0] == str(mail / "a.test")
    assert sorted(seen[1:]) == ["alice", "bob", "cur", "cur", "new", "subscriptions"]


def test_what_was_changed_is_told_once(mail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "chown", lambda *_, **__: None)
    (problem,) = mailboxes.settle(OTHER, mail)
    assert problem.warning
    assert f"{mail}/a.test" in problem.what
    assert problem.what.endswith(f"belonged to another user and now to {OTHER[0]}:{OTHER[1]}")
    assert list(mailboxes.settle(ME, mail)) == []


def test_what_can_t_be_changed_is_told_with_the_cure(mail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)
    (problem,) = mailboxes.settle(OTHER, mail)
    assert isinstance(problem, Problem)
    assert problem.what.endswith("belongs to another user, so mail for it waits: operation not permitted")
    assert problem.hint == f"run chown -R {OTHER[0]}:{OTHER[1]} on the host"


def test_many_paths_are_counted() -> None:
    assert mailboxes.listed(["a", "b", "c"]) == "a, b, c"
    assert mailboxes.listed(["a", "b", "c", "d"]) == "a, b, c and 1 more path"
