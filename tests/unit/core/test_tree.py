from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.tree import Effect, File, Span, Tree, diff, effects


def tree(**contents: str) -> Tree:
    return Tree.of(File(path, content, "postfix") for path, content in contents.items())


def test_no_path_twice() -> None:
    with pytest.raises(ValueError, match="a is rendered twice, by postfix and dovecot"):
        Tree.of([File("a", "", "postfix"), File("a", "", "dovecot")])


def test_in_order_of_path() -> None:
    assert list(tree(b="", a="")) == ["a", "b"]


def test_diff() -> None:
    changes = diff({"same": "x", "old": "1\n2\n", "gone": "x"}, tree(same="x", old="1\n3\n", new="n\n"))
    assert [change.path for change in changes] == ["gone", "new", "old"]
    gone, new, old = (change.unified() for change in changes)
    assert gone == "only there: gone"
    assert new == "--- running/new\n+++ rendered/new\n@@ -0,0 +1 @@\n+n"
    assert old == "--- running/old\n+++ rendered/old\n@@ -1,2 +1,2 @@\n 1\n-2\n+3"


@pytest.mark.parametrize(("running", "said"), [({}, "secret key: new"), ({"key": "old"}, "secret key: changed")])
def test_a_secret_is_not_shown(running: dict[str, str], said: str) -> None:
    (change,) = diff(running, Tree.of([File("key", "PRIVATE", "certificates", secret=True)]))
    assert change.unified() == said


def test_the_strongest_effect_counts() -> None:
    wanted = Tree.of(
        File(f"{service}{number}", "x", service, effect=effect)
        for service, chosen in {
            "a": (Effect.NOTHING, Effect.RESTART, Effect.RELOAD),
            "b": (Effect.NOTHING,),
        }.items()
        for number, effect in enumerate(chosen)
    )
    assert effects(wanted.values()) == {"a": Effect.RESTART, "b": Effect.NOTHING}
    reads = File("cert", "x", "certificates", readers=("a", "b"))
    assert effects([reads]) == {"a": Effect.RELOAD, "b": Effect.RELOAD}


@pytest.mark.parametrize(("line", "origin"), [(9, ""), (10, "x.cf:3"), (11, "x.cf:4"), (12, ""), (20, "y.cf:1")])
def test_origin(line: int, origin: str) -> None:
    file = File("a", "", "postfix", spans=(Span(10, "x.cf", 3, length=2), Span(20, "y.cf")))
    assert file.origin(line) == origin


CONTENTS = st.dictionaries(st.sampled_from("abc"), st.text())


@given(CONTENTS, CONTENTS)
def test_applied_changes_leave_nothing_to_do(running: dict[str, str], wanted: dict[str, str]) -> None:
    after = dict(running)
    for change in diff(running, tree(**wanted)):
        change.unified()
        if change.new:
            after[change.path] = change.new.content
        else:
            del after[change.path]
    assert after == wanted
    assert diff(after, tree(**wanted)) == []


def test_a_file_that_goes_is_taken_up_too() -> None:
    gone = ("rspamd/override.d/multimap.conf", "dovecot/sieve/accounts/a@b.test.sieve", "postfix/regexp")
    assert effects([], gone) == {"rspamd": Effect.RELOAD, "postfix": Effect.RELOAD}
