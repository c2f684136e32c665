from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.model.operator_tables import OperatorTables, operator_tables, wanted_paths
from mailwright.model.sources import Content, Unreadable
from tests.unit.operator import inputs, sources, told

CONFIG = "/tmp/docker-mailserver"


def named(main: str, /, **more: str) -> tuple[OperatorTables, list[str]]:
    found, problems = operator_tables(inputs({"postfix-main.cf": main, "transport": "a.test smtp:[b]\n", **more}))
    return found, told(problems)


def test_a_table_of_the_config_folder_is_copied() -> None:
    found, problems = named(f"x = hash:{CONFIG}/transport\nsmtp_sasl_password_maps = texthash:{CONFIG}/transport\n")
    assert problems == []
    copy = found.copies["transport"]
    assert copy.file.text == "a.test smtp:[b]\n"
    assert copy.compiled
    assert copy.secret


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (f"texthash:{CONFIG}/transprot", f"x: texthash:{CONFIG}/transprot does not exist (did you mean transport?)"),
        (
            f"unionmap:{{hash:{CONFIG}/transprot}}",
            f"x: hash:{CONFIG}/transprot does not exist (did you mean transport?)",
        ),
        (
            f"proxy:pcre:{CONFIG}/1",
            f"x: pcre:{CONFIG}/1 does not exist (hint: all mail that needs this table would be put off)",
        ),
    ],
)
def test_a_missing_table_is_refused_where_it_is_named(value: str, problem: str) -> None:
    assert named(f"\nx = {value}\n")[1] == [f"postfix-main.cf:2: {problem}"]
    option = {"postfix-master.cf": f"smtp/inet/x={value}\n"}
    assert named("", **option)[1] == [f"postfix-master.cf:1: {problem}"]


def test_a_parameter_of_the_operator_is_looked_into() -> None:
    assert named(f"dir = {CONFIG}\nx = pcre:$dir/1\n")[1][0].startswith(
        f"postfix-main.cf:2: x: pcre:{CONFIG}/1 does not"
    )


def test_a_table_that_the_operator_has_compiled_is_left_to_postfix() -> None:
    found, problems = named(f"x = hash:{CONFIG}/other\n", **{"other.db": "x"})
    assert (found.copies, problems) == ({}, [])
    assert [str(use.table) for use in found.uses] == [f"hash:{CONFIG}/other"]


def test_what_user_patches_may_write_is_judged_later() -> None:
    script = {"user-patches.sh": f"sed s/a/b/ x > {CONFIG}/made\n"}
    found, problems = named(f"x = texthash:{CONFIG}/made\ny = hash:/opt/x\n", **script)
    what = f"postfix-main.cf:1: x: texthash:{CONFIG}/made does not exist yet"
    assert problems == [f"warning: {what} (hint: user-patches.sh must write it)"]
    assert [use.late for use in found.uses] == [True, True]
    found, _ = named("y = hash:/opt/x\n")
    assert [use.late for use in found.uses] == [False]


def test_tables_in_folders_are_read_and_folders_are_no_tables() -> None:
    main = f"x = regexp:{CONFIG}/maps/a\ny = regexp:{CONFIG}/maps\nz = hash:/elsewhere\n"
    assert wanted_paths(sources({"postfix-main.cf": main})) == (f"{CONFIG}/maps", f"{CONFIG}/maps/a")
    given = inputs({"postfix-main.cf": main})
    files: dict[str, Content] = {
        f"{CONFIG}/maps": Unreadable("is a folder, not a file"),
        f"{CONFIG}/maps/a": b"/x/ OK\n",
    }
    found, problems = operator_tables(
        replace(given, reading=replace(given.reading, sources=replace(given.sources, files=files)))
    )
    assert list(found.copies) == ["maps/a"]
    assert next(str(problem) for problem in problems).startswith(
        f"postfix-main.cf:2: y: regexp:{CONFIG}/maps is a folder"
    )
