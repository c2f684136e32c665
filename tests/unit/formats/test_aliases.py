from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.problems import errors
from mailwright.core.textfile import decode
from mailwright.formats.aliases import aliases, local_rows, regexp_rows
from mailwright.services.postfix import tables
from tests.unit.operator import HASH, file, mailserver, told


@pytest.mark.parametrize(
    ("row", "name", "targets"),
    [
        ("Info@Example.com bob@example.com", "info@example.com", ("bob@example.com",)),
        ("a@b.c\td@e.f, g@h.i  ,j@k.l", "a@b.c", ("d@e.f", "g@h.i", "j@k.l")),
        ("@b.c bob@example.com", "@b.c", ("bob@example.com",)),
        ("@b.c @example.com", "@b.c", ("@example.com",)),
        ("a@b.c d@e.f d@e.f", "a@b.c", ("d@e.f",)),
        ("a@b.c Case@E.F", "a@b.c", ("Case@e.f",)),
        ("o'neil@b.c d@e.f", "o'neil@b.c", ("d@e.f",)),
    ],
)
def test_alias(row: str, name: str, targets: tuple[str, ...]) -> None:
    (alias,), problems = aliases(file(f"# comment\n{row}\n"))
    assert (alias.name, alias.targets, alias.where, problems) == (name, targets, "file.cf:2", [])
    assert alias.domain == name.partition("@")[2]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("info@example.com", "alias 'info@example.com' has no target (hint: alias target[,target…])"),
        ("info@example.com ,", "alias 'info@example.com' has no target (hint: alias target[,target…])"),
        ("info bob@example.com", "alias 'info' is not an address (user@domain)"),
        ("a@b.c bob", "target is not an address (user@domain)"),
        ("a@b.c d@e.f # why", "target is not an address (user@domain)"),
        ("@ bob@example.com", "alias '@' is not a domain name"),
        ("a@b.c |/bin/sh", "target is not an address (user@domain)"),
        ("a@b.c x@b_c", "target 'x@b_c' is not a domain name"),
    ],
)
def test_no_alias(row: str, said: str) -> None:
    found, problems = aliases(file(f"{row}\n"))
    assert (found, told(problems)) == ([], [f"file.cf:1: {said}"])


def test_rows_of_one_name_are_joined() -> None:
    (alias,), problems = aliases(file("a@b.c d@e.f\nA@b.c d@e.f g@h.i\n"))
    assert (alias.targets, alias.where) == (("d@e.f", "g@h.i"), "file.cf:1")
    assert told(problems) == ["warning: file.cf:2: a@b.c is in file.cf:1 as well; both rows count"]


@pytest.mark.parametrize(
    "row",
    [
        "/^a@b/ c@d.e",
        "/^[[:alpha:]]+@x/ y@z.a",
        "!/x/ y@z.a",
        "|a|i b@c.d",
        "if /x/",
        "endif",
        "IF !/x/",
        r"/a\/b/ c@d.e",
        "/^(.*)@b/ $1@c.d",
    ],
)
def test_regexp_row(row: str) -> None:
    assert regexp_rows(file(f"{row}\n")) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a@b.c d@e.f", "file.cf:1: is not a row of the form /pattern/ target"),
        ("/open a@b.c", "file.cf:1: is not a row of the form /pattern/ target"),
        ("/a/", "file.cf:1: is not a row of the form /pattern/ target"),
        (
            "/(a/ b@c.d",
            "warning: file.cf:1: the pattern looks broken: missing ), unterminated subpattern at position 0",
        ),
    ],
)
def test_no_regexp_row(row: str, said: str) -> None:
    assert told(regexp_rows(file(row))) == [said]


def test_local_rows() -> None:
    names, problems = local_rows(file('# c\nRoot: ops@example.com,\n  bob\n\n"a b": "|/bin/true"\n'))
    assert (names, problems) == (["root", "a b"], [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  bob\n", "file.cf:1: begins with a blank, but there is no line before it to continue"),
        ("root ops\n", "file.cf:1: is not a row of the form name: target"),
        ("a: b\nroot:\n", "file.cf:2: is not a row of the form name: target"),
    ],
)
def test_no_local_row(text: str, said: str) -> None:
    assert told(local_rows(file(text))[1]) == [said]


ADDRESS = st.from_regex(r"[ab!#$%&'*+/=?^_`{|}~-]?@(b\.c|d\.e)", fullmatch=True)
ROWS = st.lists(st.text() | st.builds("{} {}".format, ADDRESS, st.lists(ADDRESS, min_size=1).map(",".join)))


@given(ROWS)
def test_any_text_is_parsed_and_an_alias_is_one_row_of_the_table(rows: list[str]) -> None:
    read, problems = decode("postfix-virtual.cf", "\n".join(rows).encode("utf-8", "replace"))
    found, more = aliases(read)
    assert all(problem.where.startswith("postfix-virtual.cf:") for problem in problems + more)
    for alias in found:
        assert tables.table([(alias.name, ", ".join(alias.targets))]).count("\n") == 1
        assert alias.name.isprintable()


@given(st.text() | st.text(alphabet='/|!aif(:" \t\n#\\'))
def test_any_text_is_judged(text: str) -> None:
    read, _ = decode("x.cf", text.encode("utf-8", "replace"))
    for problem in [*regexp_rows(read), *local_rows(read)[1]]:
        assert problem.where.startswith("x.cf:")


def test_a_whole_alias_file_that_is_accepted_fills_the_table() -> None:
    config = {
        "postfix-accounts.cf": f"bob@example.com|{HASH}\n",
        "postfix-virtual.cf": "info@example.com bob@example.com\nsales@example.com bob@example.com, x@example.net\n",
    }
    server = mailserver(config)
    assert not errors(server.warnings)
    rows = dict(tables.virtual(server))
    assert rows["info@example.com"] == "bob@example.com"
    assert rows["sales@example.com"] == "bob@example.com, x@example.net"
