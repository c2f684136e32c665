from __future__ import annotations

from mailwright.core.tree import File
from mailwright.explain.influence import ENOUGH, Deployment, Influence, by_line, changed, influence
from mailwright.explain.provenance import Rendered, rendered
from tests.unit.operator import ACCOUNTS, HASH, deployment


def test_variants_have_each_another_value() -> None:
    given = deployment(ACCOUNTS)
    sizes = [server.settings.postfix_message_size_limit for server in given.variants("POSTFIX_MESSAGE_SIZE_LIMIT")]
    assert sizes
    assert len(set(sizes)) == len(sizes)
    assert given.mailserver.settings.postfix_message_size_limit not in sizes


def test_a_deployment_without_overrides_keeps_accounts() -> None:
    given = deployment(ACCOUNTS | {"postfix-main.cf": "biff = yes\n"})
    bare = given.without_overrides()
    assert "postfix-main.cf" not in bare.sources.config
    assert "postfix-accounts.cf" in bare.sources.config
    assert not bare.mailserver.overrides.main


def test_a_small_deployment_is_not_cut() -> None:
    given = deployment(ACCOUNTS)
    assert given.slim() is given


def test_a_large_deployment_is_cut() -> None:
    lines = "".join(f"u{number}@example.com|{HASH}\n" for number in range(ENOUGH + 5))
    slim = deployment({"postfix-accounts.cf": lines}).slim()
    assert len(slim.mailserver.directory.accounts) == ENOUGH


def test_changed_lines_are_missing_or_different() -> None:
    assert changed(["a", "b", "c"], File("x", "a\nB\nc\nd\n", "postfix")) == {2}
    assert changed(["a", "b"], File("x", "a\n", "postfix")) == {2}
    long = [str(number) for number in range(1001)]
    assert changed(long, File("x", "\n".join(long[1:]) + "\n", "postfix")) == {1}


def rendered_file(text: str) -> Rendered:
    return Rendered(File("a.conf", text, "postfix"), ("templates/a.conf.j2:1",) * text.count("\n"))


def test_influence_on_lines_whole_files_and_files_elsewhere() -> None:
    lines, added, removed = Influence(), Influence(), Influence()
    lines.compare(rendered_file("a\nb\n"), File("a.conf", "a\nc\n", "postfix"))
    assert lines.lines == {"a.conf": {2}}
    added.compare(rendered_file("a\n"), File("a.conf", "a\nb\n", "postfix"))
    assert added.elsewhere == {"a.conf"}
    added.compare(None, File("b.conf", "b\n", "postfix"))
    assert added.elsewhere == {"a.conf", "b.conf"}
    removed.compare(rendered_file("a\n"), None)
    assert removed.whole == {"a.conf"}


def test_a_setting_and_its_lines_lead_to_each_other() -> None:
    given: Deployment = deployment(ACCOUNTS)
    files = rendered(given.mailserver)
    numbers = influence(given, files, "POSTFIX_MESSAGE_SIZE_LIMIT").lines["postfix/main.cf"]
    (number,) = numbers
    assert files["postfix/main.cf"].lines[number - 1].startswith("message_size_limit =")
    assert "POSTFIX_MESSAGE_SIZE_LIMIT" in by_line(given, files, "postfix")["postfix/main.cf"][number]
