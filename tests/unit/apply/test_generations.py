from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.apply.generations import Generation, Generations, write
from mailwright.core.tree import Effect, File, Tree

ME = f"{os.getuid()}:{os.getgid()}"


def tree(_effect: Effect = Effect.RELOAD, /, **contents: str) -> Tree:
    files = (File(f"postfix/{name}", text, "postfix", 0o640, ME, _effect) for name, text in contents.items())
    return Tree.of(files)


def place(folder: Path) -> Generations:
    folder.mkdir(parents=True, exist_ok=True)
    return Generations(folder / "generations", folder / "etc")


def advance(generations: Generations, wanted: Tree) -> Generation:
    live = generations.live()
    new = generations.write(wanted, (live or Generation(generations.home)).difference(wanted), live)
    generations.swap(new)
    generations.clear(new)
    return new


def seen(generations: Generations) -> dict[str, str]:
    return {path.name: path.read_text() for path in (generations.link / "postfix").iterdir()}


def test_first_and_next(tmp_path: Path) -> None:
    generations = place(tmp_path)
    assert generations.live() is None
    advance(generations, tree(a="1", b="1", c="1"))
    assert seen(generations) == {"a": "1", "b": "1", "c": "1"}
    before = {name: (generations.link / "postfix" / name).stat() for name in "ab"}
    advance(generations, tree(a="1", b="2", d="1"))
    assert seen(generations) == {"a": "1", "b": "2", "d": "1"}
    after = {name: (generations.link / "postfix" / name).stat() for name in "ab"}
    assert (before["a"].st_ino, before["a"].st_mtime) == (after["a"].st_ino, after["a"].st_mtime)
    assert after["b"].st_mode & 0o777 == 0o640
    assert [folder.name for folder in generations.home.iterdir()] == ["2"]


def test_an_open_table_of_the_past_has_no_name_left(tmp_path: Path) -> None:
    generations = place(tmp_path)
    advance(generations, tree(table="1", other="1"))
    for name in ("table", "other"):
        (generations.link / "postfix" / f"{name}.lmdb").write_text("compiled")
    with (generations.link / "postfix" / "table.lmdb").open() as table:
        with (generations.link / "postfix" / "other.lmdb").open() as other:
            advance(generations, tree(table="2", other="1"))
            assert os.fstat(table.fileno()).st_nlink == 0
            assert os.fstat(other.fileno()).st_nlink == 1
    assert not (generations.link / "postfix" / "table.lmdb").exists()


def test_what_somebody_edited_or_added_stays(tmp_path: Path) -> None:
    generations = place(tmp_path)
    advance(generations, tree(main="1", other="1"))
    (generations.link / "postfix" / "main").write_text("patched")
    (generations.link / "postfix" / "extra").write_text("mine")
    live = generations.live()
    assert live is not None
    difference = live.difference(tree(main="2", other="2"))
    assert [file.path for file in difference.kept] == ["postfix/main"]
    advance(generations, tree(main="2", other="2"))
    assert seen(generations) == {"main": "patched", "other": "2", "extra": "mine"}
    live = generations.live()
    assert live is not None
    assert [file.path for file in live.difference(tree(main="2", other="2")).kept] == ["postfix/main"]
    assert not live.difference(tree(main="1", other="2")).kept


def test_a_passwd_file_is_a_second_younger_than_its_forerunner(tmp_path: Path) -> None:
    generations, times = place(tmp_path), []
    for text in ("1", "2", "3"):
        advance(generations, tree(Effect.NOTHING, userdb=text))
        times.append((generations.link / "postfix" / "userdb").stat().st_mtime)
    assert times == [times[0], times[0] + 1, times[0] + 2]


def test_configuration_is_never_young(tmp_path: Path) -> None:
    """Postfix waits for a main.cf of the last seconds, or of the future."""
    generations = place(tmp_path)
    for text in map(str, range(20)):
        advance(generations, tree(main=text))
    assert (generations.link / "postfix" / "main").stat().st_mtime < time.time() - 5


def test_a_table_that_somebody_edited_is_rendered(tmp_path: Path) -> None:
    generations = place(tmp_path)
    advance(generations, tree(Effect.NOTHING, table="1"))
    (generations.link / "postfix" / "table").write_text("patched")
    advance(generations, tree(Effect.NOTHING, table="2"))
    assert seen(generations) == {"table": "2"}


def test_nothing_to_do(tmp_path: Path) -> None:
    generations = place(tmp_path)
    new = advance(generations, tree(a="1"))
    assert not new.difference(tree(a="1"))


@pytest.mark.parametrize("step", ["write", "swap", "clear"])
def test_killed_before_a_step_the_next_pass_goes_on(tmp_path: Path, step: str) -> None:
    generations, wanted = place(tmp_path), tree(a="2", b="2")
    advance(generations, tree(a="1", b="1"))
    live = generations.live()
    assert live is not None
    new = generations.write(wanted, live.difference(wanted), live)
    if step == "write":
        (new.folder / "postfix" / "b").unlink()  # half written
    if step == "clear":
        generations.swap(new)
    assert seen(generations) == ({"a": "2", "b": "2"} if step == "clear" else {"a": "1", "b": "1"})
    advance(generations, wanted)
    assert seen(generations) == {"a": "2", "b": "2"}
    assert len(list(generations.home.iterdir())) == 1


CONTENTS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["1", "2", "ä"]), min_size=1)


@given(steps=st.lists(CONTENTS, min_size=1, max_size=6))
def test_any_sequence_ends_as_a_fresh_start(
    tmp_path_factory: pytest.TempPathFactory, steps: list[dict[str, str]]
) -> None:
    generations = place(tmp_path_factory.mktemp("etc"))
    for contents in steps:
        advance(generations, tree(Effect.RELOAD, **contents))
        assert seen(generations) == contents


def test_written_outside_a_container(tmp_path: Path) -> None:
    write((File("a/b", "x\n", "postfix", owner="nobody:nobody"),), tmp_path, owned=False)
    assert (tmp_path / "a" / "b").read_text() == "x\n"


def scripts(**contents: str) -> Tree:
    """Sieve scripts, the compiler's configuration, and a file of another daemon."""
    paths = {"conf": "dovecot/sievec.conf", "other": "postfix/other"}
    return Tree.of(
        File(paths.get(name, f"dovecot/sieve/accounts/{name}.sieve"), text, "dovecot", 0o644, ME, Effect.NOTHING)
        for name, text in contents.items()
    )


def compiled_in(generations: Generations, name: str = "a") -> Path:
    """Dovecot compares this path with the one that a compiled script remembers."""
    return (generations.link / "dovecot/sieve/accounts").resolve() / f"{name}.sieve"


@pytest.mark.parametrize(
    ("change", "moves"),
    [
        ({"other": "2"}, False),
        ({"a": "2"}, True),
        ({"conf": "2"}, True),
        ({"b": "1"}, True),
    ],
)
def test_sieve_moves_only_when_it_is_compiled_anew(tmp_path: Path, change: dict[str, str], moves: bool) -> None:
    generations, first = place(tmp_path), {"a": "1", "conf": "1", "other": "1"}
    advance(generations, scripts(**first))
    before = compiled_in(generations)
    before.with_suffix(".svbin").write_text("compiled")
    before.with_name("extra.sieve").write_text("of user-patches.sh")
    advance(generations, scripts(**(first | change)))
    after = compiled_in(generations)
    assert (after != before) is moves
    assert before.exists() is not moves
    assert after.with_suffix(".svbin").exists() is not moves
    assert after.read_text() == change.get("a", "1")
    assert after.with_name("extra.sieve").exists()
    assert compiled_in(generations, "b").exists() is ("b" in change)


def test_sieve_goes_with_its_last_script(tmp_path: Path) -> None:
    generations = place(tmp_path)
    advance(generations, scripts(a="1", other="1"))
    advance(generations, scripts(other="1"))
    assert not [path for path in generations.scripts.rglob("*") if path.is_file()]


def test_sieve_of_a_refused_generation_goes(tmp_path: Path) -> None:
    generations = place(tmp_path)
    live = advance(generations, scripts(a="1"))
    generations.write(scripts(a="2"), live.difference(scripts(a="2")), live)
    generations.clear(live)
    assert compiled_in(generations).read_text() == "1"
    assert len(list(generations.scripts.iterdir())) == 1
