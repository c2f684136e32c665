from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.model.building import build
from mailwright.model.fail2ban import NET_ADMIN, after, mistakes
from mailwright.model.reading import Reading
from mailwright.render.tree import enabled, render
from tests.unit.operator import ACCOUNTS, file, refused, sources, told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[dovecot]\nmaxretry = 3\n# note\nignoreip = 192.0.2.0/24\n    198.51.100.1\n", []),
        ("\nmaxretry = 3\n", ["file.cf:2: is not in a section (hint: such as [dovecot])"]),
        (
            "[dovecot]\nmaxretry\n[x]\n=\n",
            ["file.cf:2: is not of the form name = value", "file.cf:4: is not of the form name = value"],
        ),
        ("[dovecot]\na = 1\na = 2\n[dovecot]\n", []),
        ("[dovecot]\na = %(b)s\n", []),
    ],
)
def test_mistakes(text: str, said: list[str]) -> None:
    assert told(mistakes(file(text))) == said


def test_only_with_the_capability() -> None:
    powerless = sources(ENABLE_FAIL2BAN="1")
    assert "fail2ban" not in [it.name for it in enabled(build(Reading.of(powerless)))]
    assert any("cap_add: [NET_ADMIN]" in line for line in refused(ENABLE_FAIL2BAN="1"))
    mighty = build(Reading.of(replace(powerless, capabilities=NET_ADMIN)))
    assert "fail2ban" in [it.name for it in enabled(mighty)]
    assert "ignoreip = 127.0.0.0/8 ::1 172.18.0.1" in render(mighty)["fail2ban/jail.local"].content


def test_the_operators_files_are_read_last() -> None:
    held = replace(sources(ACCOUNTS | {"fail2ban-jail.cf": "[dovecot]\n"}, ENABLE_FAIL2BAN="1"), capabilities=-1)
    jail = render(build(Reading.of(held)))["fail2ban/jail.d/user.local"]
    assert (jail.content, jail.origin(1)) == ("[dovecot]\n", "fail2ban-jail.cf:1")


EXEMPT = ("127.0.0.0/8", "172.18.0.1")


@pytest.mark.parametrize(
    ("jail", "sections"),
    [
        ("[dovecot]\nmaxretry = 3\n", {}),
        ("[DEFAULT]\nignoreip = 127.0.0.1/8\n", {"DEFAULT": {"ignoreip": "127.0.0.0/8 172.18.0.1 127.0.0.1/8"}}),
        (
            "[dovecot]\nignoreip = 192.0.2.0/24,\n    198.51.100.1\n",
            {"dovecot": {"ignoreip": "127.0.0.0/8 172.18.0.1 192.0.2.0/24 198.51.100.1"}},
        ),
        (
            "[postfix]\nenabled = false\nmaxretry = 2\nbantime = 1d\nmode = extra\n",
            {"postfix-sasl": {"maxretry": "2", "bantime": "1d"}},
        ),
        (
            "[postfix]\nmaxretry = 2\n[postfix-sasl]\nmaxretry = 9\n[DEFAULT]\nmaxretry = 4\n",
            {"postfix-sasl": {"maxretry": "9"}},
        ),
    ],
)
def test_what_follows_the_operators_file(jail: str, sections: dict[str, dict[str, str]]) -> None:
    assert {section.name: dict(section.options) for section in after(file(jail), EXEMPT)} == sections


@pytest.mark.parametrize("blocktype", ["drop", "reject"])
def test_every_nftables_action_blocks_as_the_setting_says(blocktype: str) -> None:
    held = replace(sources(ENABLE_FAIL2BAN="1", FAIL2BAN_BLOCKTYPE=blocktype), capabilities=-1)
    assert (
        f"[Init]\nblocktype = {blocktype}\n"
        in render(build(Reading.of(held)))["fail2ban/action.d/nftables.local"].content
    )
