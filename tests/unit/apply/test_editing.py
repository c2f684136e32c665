from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from mailwright.apply import editing
from mailwright.apply.editing import (
    ACCOUNTS,
    ALIASES,
    QUOTAS,
    Changes,
    RefusedError,
    _carry_over,
    _locked,
    _say_who_holds,
    save,
)

BOB = "bob@example.com"


def test_saved_whole_with_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "postfix-accounts.cf"
    file.write_text("old")
    file.chmod(0o604)
    save(file, "new")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new", 0o604)
    assert [it.name for it in tmp_path.iterdir()] == [file.name]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "postfix-accounts.cf").symlink_to("real")
    save(tmp_path / "postfix-accounts.cf", "new")
    assert (tmp_path / "real").read_text() == "new"
    assert (tmp_path / "postfix-accounts.cf").is_symlink()


def test_changes_are_saved_together(tmp_path: Path) -> None:
    changes = Changes(tmp_path)
    assert not changes.save()
    changes.put(ACCOUNTS, BOB, "{X}y")
    changes.lead("info@example.com", [BOB])
    assert changes.save()
    assert (tmp_path / ACCOUNTS.name).read_text() == f"{BOB}|{{X}}y\n"
    assert (tmp_path / ALIASES.name).read_text() == f"info@example.com {BOB}\n"


def test_no_folder(tmp_path: Path) -> None:
    changes = Changes(tmp_path / "none")
    changes.put(ACCOUNTS, BOB, "{X}y")
    with pytest.raises(RefusedError, match="no such file"):
        changes.save()


def test_taking_back_leaves_what_others_wrote(tmp_path: Path) -> None:
    file = tmp_path / ACCOUNTS.name
    file.write_text("a@x.test|1\nb@x.test|2\n")
    changes = Changes(tmp_path)
    changes.put(ACCOUNTS, "a@x.test", "new")
    changes.drop(ACCOUNTS, "b@x.test")
    changes.put(ACCOUNTS, "c@x.test", "3")
    changes.put(QUOTAS, "c@x.test", "5G")
    assert changes.save()
    file.write_text(file.read_text() + "other@x.test|4\n")
    _carry_over(changes, back=True)
    assert sorted(file.read_text().splitlines()) == ["a@x.test|1", "b@x.test|2", "other@x.test|4"]
    assert (tmp_path / QUOTAS.name).read_text() == ""
    _carry_over(changes, back=False)
    assert sorted(file.read_text().splitlines()) == ["a@x.test|new", "c@x.test|3", "other@x.test|4"]
    assert (tmp_path / QUOTAS.name).read_text() == "c@x.test:5G\n"


@pytest.mark.parametrize(
    ("text", "recipients", "after"),
    [
        ("", ["b@x.test"], "a@x.test b@x.test\n"),
        ("# x\na@x.test c@x.test\n", ["c@x.test", "b@x.test"], "# x\na@x.test c@x.test,b@x.test\n"),
        ("a@x.test 1@x.test\na@x.test 2@x.test\n", ["1@x.test"], "a@x.test 1@x.test\n"),
        ("a@x.test 1@x.test\n", [], ""),
    ],
)
def test_an_alias_leads_where_it_should(tmp_path: Path, text: str, recipients: list[str], after: str) -> None:
    (tmp_path / ALIASES.name).write_text(text)
    changes = Changes(tmp_path)
    changes.lead("a@x.test", recipients)
    assert changes.rows(ALIASES).text == after


def test_bytes_that_are_no_utf_8_stay(tmp_path: Path) -> None:
    file = tmp_path / ALIASES.name
    file.write_bytes(b"# caf\xe9\n")
    changes = Changes(tmp_path)
    changes.lead("a@x.test", ["b@x.test"])
    changes.save()
    assert file.read_bytes() == b"# caf\xe9\na@x.test b@x.test\n"
    assert [it.name for it in tmp_path.iterdir()] == [file.name]


def test_a_command_that_waits_tells_for_whom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    holder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)

    def tells_and_lets_go(handle: int, config: Path) -> None:
        _say_who_holds(handle, config)
        os.close(holder)

    monkeypatch.setattr(editing, "PATIENCE", 0.01)
    monkeypatch.setattr(editing, "_say_who_holds", tells_and_lets_go)
    with _locked(tmp_path):
        assert f"waiting: process {os.getpid()} (" in capsys.readouterr().err
