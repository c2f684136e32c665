"""Every template, ours or the operator's, knows the same names."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from mailwright.core.problems import ConfigurationError
from mailwright.core.textfile import TextFile
from mailwright.render.tree import render
from tests.scenarios.scenario import rendered
from tests.unit.operator import templates

SERVERS = [server for server, _, _ in (scenario.result for scenario in rendered()) if server]
COMMON = (
    "settings.log_level", "hostname", "paths.STATE", "sockets.milter", "server.domain", "server.mail_domains", "etc",
)  # fmt: skip


def test_every_template_knows_the_common_names() -> None:
    names = " ".join(f"{name}={{{{ {name} }}}}" for name in COMMON)
    own = {path: TextFile(f"templates/{path}", f"# {path}: {names}\n") for path in templates()}
    files = [file for server in SERVERS for file in render(replace(server, templates=own)).values()]
    lines = [line for file in files for line in file.content.splitlines() if " etc=/etc" in line]
    seen = {line.split(":")[0].removeprefix("# ") for line in lines}
    # Those that another includes know what that one knows.
    included = {path for file in templates().values() for path in re.findall(r'{% include "(\S+)"', file.text)}
    of_provisioners = {path for path in templates() if path.startswith("dovecot/accounts_")}
    assert seen | included | of_provisioners == set(templates())


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{{ restrictions }}", " (did you mean postfix.restrictions?)"),
        ("{{ domain }}", " (did you mean server.domain?)"),
        ("{{ nosuch }}", ""),
    ],
)
def test_a_name_without_its_object_gets_a_hint(text: str, hint: str) -> None:
    own = {**templates(), "postfix/main.cf.j2": TextFile("templates/postfix/main.cf.j2", text)}
    with pytest.raises(ConfigurationError) as caught:
        render(replace(SERVERS[0], templates=own))
    name = text.strip("{ }")
    assert [str(problem) for problem in caught.value.problems] == [
        f"templates/postfix/main.cf.j2:1: '{name}' is undefined{hint}"
    ]
