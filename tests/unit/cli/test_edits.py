from __future__ import annotations

import click
from click.testing import CliRunner

from mailwright.cli.edits import Secret, command_line


@click.group()
def main() -> None:
    """A program."""


@main.group()
def email() -> None:
    """A group."""


@email.command("del")
@click.argument("addresses", nargs=-1)
@click.option("--force", is_flag=True)
def delete(addresses: tuple[str, ...], force: bool) -> None:
    click.echo(command_line())


@email.command("add")
@click.argument("address")
@click.argument("password", cls=Secret, required=False)
def add(address: str, password: str | None) -> None:
    click.echo(command_line())


@email.command("import")
@click.argument("file", type=click.File("rb"))
def import_(file: object) -> None:
    click.echo(command_line())


def said(*args: str) -> str:
    result = CliRunner().invoke(main, args, input="x")
    assert result.exit_code == 0, result.output
    return result.output.strip()


def test_the_path_and_the_arguments() -> None:
    assert said("email", "del", "--force", "a@x.test", "b@x.test") == "setup email del a@x.test b@x.test"
    assert said("email", "import", "-") == "setup email import -"


def test_never_a_password() -> None:
    assert said("email", "add", "a@x.test", "hunter2") == "setup email add a@x.test"
    assert said("email", "add", "a@x.test") == "setup email add a@x.test"
