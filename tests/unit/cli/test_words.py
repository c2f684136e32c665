"""Every word of docker-mailserver's setup command, and its commands' old names."""

from __future__ import annotations

import tomllib

import click
import pytest
from click.testing import CliRunner

from mailwright.cli import main, old_names
from tests.repository.source import ROOT

WORDS = """
email add me@a.example
email add me@a.example secret
email update me@a.example
email update me@a.example secret
email del me@a.example
email del -y me@a.example you@a.example
email del -n me@a.example
email restrict add send me@a.example
email restrict del receive me@a.example
email restrict list send
email restrict list receive
email list
alias add info@a.example me@a.example
alias add @b.example me@a.example
alias del info@a.example me@a.example
alias list
quota set me@a.example
quota set me@a.example 5G
quota set me@a.example 0
quota del me@a.example
dovecot-master add admin
dovecot-master add admin secret
dovecot-master update admin secret
dovecot-master del admin
dovecot-master del -y admin other
dovecot-master list
config dkim
config dkim keysize 2048
config dkim keysize 4096 selector mail domain a.example,b.example
config dkim -f -v keytype ed25519 domain a.example
config dkim -vv keytype rsa
relay add-auth a.example user
relay add-auth a.example user secret
relay add-domain a.example smtp.b.example
relay add-domain a.example smtp.b.example 587
relay exclude-domain a.example
fail2ban
fail2ban ban 192.0.2.1
fail2ban unban 192.0.2.1
fail2ban log
fail2ban status
debug login
debug login ls -l
debug show-mail-logs
""".strip().splitlines()


def leaf(words: list[str]) -> click.Context:
    """The context of the command that ``words`` call, its arguments parsed and nothing run."""
    context = main.make_context("setup", list(words))
    while isinstance(context.command, click.Group) and (rest := [*context.protected_args, *context.args]):
        name, command, arguments = context.command.resolve_command(context, rest)
        assert command
        context = command.make_context(name, arguments, parent=context)
    return context


@pytest.mark.parametrize("line", WORDS)
def test_a_word_is_taken(line: str) -> None:
    path = leaf(line.split()).command_path
    assert f"setup {line} ".startswith(f"{path} ")


@pytest.mark.parametrize("group", sorted({line.split()[0] for line in WORDS}))
def test_help_of_a_group(group: str) -> None:
    for words in ((group, "help"), (group, "-h"), (group, "--help")):
        result = CliRunner().invoke(main, words)
        assert (result.exit_code, f"Usage: main {group}" in result.output) == (0, True), result.output


@pytest.mark.parametrize("line", sorted({" ".join(line.split()[:2]) for line in WORDS if " " in line}))
def test_help_of_a_command(line: str) -> None:
    for word in ("help", "-h"):
        result = CliRunner().invoke(main, [*line.split(), word])
        assert (result.exit_code, f"Usage: main {line}" in result.output) == (0, True), result.output


@pytest.mark.parametrize(("name", "words"), old_names.NAMES.items())
def test_an_old_name(name: str, words: str) -> None:
    assert old_names.words([f"/usr/local/bin/{name}", "me@a.example"]) == [*words.split(), "me@a.example"]
    result = CliRunner().invoke(main, old_names.words([name, "help"]))
    assert (result.exit_code, f"Usage: main {words}" in result.output) == (0, True), result.output


def test_each_old_name_is_a_program() -> None:
    programs = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    old = {name for name, function in programs.items() if function == "mailwright.cli.old_names:main"}
    assert old == old_names.NAMES.keys()
