"""Any sequence of edits comes to what a fresh start renders, in memory and on disk."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright.apply.generations import Generation, Generations
from mailwright.core.problems import ConfigurationError
from mailwright.core.tree import Tree
from mailwright.render.tree import render
from tests.unit.operator import HASH, mailserver

ME = f"{os.getuid()}:{os.getgid()}"
NAMES = ["a@x.test", "b@x.test", "c@y.test"]
ROWS = {
    "postfix-accounts.cf": [f"{name}|{HASH}" for name in NAMES],
    "postfix-virtual.cf": ["i@x.test a@x.test", "@y.test b@x.test", "l@x.test i@x.test,c@y.test", "broken"],
    "dovecot-quotas.cf": ["a@x.test:5M", "b@x.test:0", "bad"],
    "postfix-main.cf": ["smtpd_timeout = 9s", "message_size_limit = 5000"],
    "postfix-regexp.cf": ["/^x/ a@x.test"],
    "dovecot.cf": ["mail_max_userip_connections = 7"],
}
FILES = st.sampled_from(sorted(ROWS)).flatmap(
    lambda name: st.tuples(st.just(name), st.none() | st.lists(st.sampled_from(ROWS[name]), unique=True))
)


def rendered(config: dict[str, str]) -> Tree | None:
    """The tree of a config folder, or None where it is refused."""
    try:
        tree = render(mailserver(config))
    except ConfigurationError:
        return None
    return Tree.of(replace(file, owner=ME) for file in tree.values())


@settings(max_examples=25, deadline=None)
@given(edits=st.lists(FILES, min_size=1, max_size=8))
def test_any_sequence(tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, list[str] | None]]) -> None:
    home: Path = tmp_path_factory.mktemp("etc")
    generations, config, good = Generations(home / "generations", home / "etc"), dict[str, str](), rendered({})
    for name, rows in edits:
        config.pop(name, None)
        if rows is not None:
            config[name] = "".join(f"{row}\n" for row in rows)
        tree = rendered(config)
        if tree is None:
            continue  # a mistake changes nothing
        live, good = generations.live(), tree
        new = generations.write(tree, (live or Generation(generations.home)).difference(tree), live)
        generations.swap(new)
        generations.clear(new)
    if generations.live():
        assert good is not None
        found = {path: (generations.link / path).read_text() for path in good}
        assert found == {path: file.content for path, file in good.items()}
        on_disk = {
            Path(where, name).relative_to(generations.link).as_posix()
            for where, _, names in os.walk(generations.link, followlinks=True)
            for name in names
        }
        assert on_disk - {".rendered.json"} == set(good)
