"""Installation without the daemons' checkers, which tests/container has: files that no checker reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailwright.apply import install
from mailwright.apply.generations import Difference, Generations
from mailwright.core import paths
from mailwright.core.problems import ConfigurationError, Problem
from mailwright.core.tree import Effect, File, Tree
from tests.unit.operator import mailserver, told

ME = f"{os.getuid()}:{os.getgid()}"


def tree(effect: Effect = Effect.NOTHING, **contents: str) -> Tree:
    """Files of Postfix by name."""
    return Tree.of(File(f"postfix/{name}", text, "postfix", 0o644, ME, effect) for name, text in contents.items())


@pytest.fixture
def generations(tmp_path: Path) -> Generations:
    return Generations(tmp_path / "generations", tmp_path / "etc")


def installed(wanted: Tree, generations: Generations, monkeypatch: pytest.MonkeyPatch) -> install.Applied:
    monkeypatch.setattr(install, "render", lambda *_: wanted)
    monkeypatch.setattr(install, "check", lambda *_: [])
    monkeypatch.setattr(paths, "STAGED", str(generations.home.with_name("staged")))
    return install.install(mailserver(), generations)


def test_the_first_generation_has_every_file(generations: Generations, monkeypatch: pytest.MonkeyPatch) -> None:
    applied = installed(tree(a="1", b="1"), generations, monkeypatch)
    assert (applied.number, applied.before, applied.changes) == (1, 0, ())
    assert install.read(generations.link, ["postfix/a"]) == {"postfix/a": "1", "postfix/b": "1"}


def test_the_same_tree_changes_nothing(generations: Generations, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tree(a="1"), generations, monkeypatch)
    applied = installed(tree(a="1"), generations, monkeypatch)
    assert (applied.number, applied.before, bool(applied.difference)) == (1, 1, False)


def test_a_change_is_a_new_generation_that_says_what_changed(
    generations: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tree(a="1", b="1", c="1"), generations, monkeypatch)
    applied = installed(tree(a="1", b="2"), generations, monkeypatch)
    assert (applied.number, applied.before) == (2, 1)
    assert [file.path for file in applied.difference.changed] == ["postfix/b"]
    assert list(applied.difference.gone) == ["postfix/c"]
    assert {(change.path, change.kind) for change in applied.changes} == {
        ("postfix/b", "changed"),
        ("postfix/c", "gone"),
    }


def test_a_file_edited_by_user_patches_stays(generations: Generations, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tree(table="1"), generations, monkeypatch)
    before = Tree.of([*tree(table="1").values(), *tree(Effect.RELOAD, conf="1").values()])
    live = generations.live()
    assert live
    difference = live.difference(before)
    generations.swap(generations.write(before, difference, live))
    (generations.link / "postfix" / "conf").write_text("edited")
    wanted = Tree.of([*tree(table="2").values(), *tree(Effect.RELOAD, conf="2").values()])
    applied = installed(wanted, generations, monkeypatch)
    assert install.read(generations.link, ["postfix/conf"]) == {"postfix/conf": "edited", "postfix/table": "2"}
    assert told(applied.warnings) == [
        "warning: user-patches.sh: has edited postfix/conf, so its change takes effect at the next start"
    ]


def test_staging_leaves_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "etc" / "old").mkdir(parents=True)
    install.stage(tree(a="1"), tmp_path / "etc")
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()] == [
        "etc/postfix/a"
    ]


def test_compiled_tables_are_not_read(tmp_path: Path) -> None:
    install.stage(tree(a="1"), tmp_path)
    (tmp_path / "postfix" / "a.lmdb").write_bytes(b"\xff")
    assert install.read(tmp_path, ["postfix/a"]) == {"postfix/a": "1"}


def test_a_change_to_a_file_that_user_patches_edited_is_judged(
    generations: Generations, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    live = generations.write(before := tree(Effect.RELOAD, conf="1"), Difference(tuple(before.values())), None)
    generations.swap(live)
    (generations.link / "postfix" / "conf").write_text("edited")
    monkeypatch.setattr(install, "render", lambda *_: tree(Effect.RELOAD, conf="2"))
    monkeypatch.setattr(install, "check", lambda *_: [Problem("postfix-main.cf:1", "is wrong")])
    monkeypatch.setattr(paths, "STAGED", str(tmp_path / "staged"))
    with pytest.raises(ConfigurationError):
        install.install(mailserver(), generations)


def test_a_mistake_in_dovecots_configuration_is_not_blamed_on_the_scripts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = Problem("dovecot.cf:4", "Garbage")
    script = Problem("dovecot.cf:4", "sievec(root): Fatal: Garbage")
    other = Problem("after.dovecot.sieve:1", "unknown command 'x'")
    monkeypatch.setattr(install, "render", lambda *_: tree(a="1"))
    monkeypatch.setattr(install, "compile_tables", lambda *_: [script, script, other])
    monkeypatch.setattr(install, "check", lambda *_, **__: [own])
    assert install.trial(mailserver(), tmp_path / "staged") == [own, other]
    monkeypatch.setattr(install, "check", lambda *_, **__: [])
    assert install.trial(mailserver(), tmp_path / "staged") == [script, other]


def test_a_missing_plugin_of_dovecot_is_not_blamed_on_the_scripts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = Problem("dovecot.cf:2", "this image does not have Dovecot's plugin fts_xapian")
    script = Problem("before.dovecot.sieve", "sievec: Fatal: Plugin 'fts_xapian' not found from directory /usr/lib/x")
    monkeypatch.setattr(install, "render", lambda *_: tree(a="1"))
    monkeypatch.setattr(install, "compile_tables", lambda *_: [script])
    monkeypatch.setattr(install, "check", lambda *_, **__: [own])
    assert install.trial(mailserver(), tmp_path / "staged") == [own]
    monkeypatch.setattr(install, "check", lambda *_, **__: [])
    assert install.trial(mailserver(), tmp_path / "staged") == [script]
