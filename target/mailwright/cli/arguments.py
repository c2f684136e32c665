"""Arguments: the parameters that several commands take, and the questions they ask."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import CompletionItem

from mailwright.apply.editing import ACCOUNTS
from mailwright.cli import edits
from mailwright.core import values


class Checked(click.ParamType):
    """A parameter whose text a function checks: it gives the value, or ValueError says what is wrong."""

    def __init__(self, name: str, check: Callable[[str], str], hint: str = "") -> None:
        self.name = name
        self.check = check
        self.hint = f" ({hint})" if hint else ""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """``value`` checked."""
        try:
            return self.check(str(value).strip())
        except ValueError as error:
            self.fail(f"{value!r} {error}{self.hint}", param, ctx)


class Mailbox(Checked):
    """The address of a mailbox, in lower case; a shell completes it from the accounts."""

    def __init__(self) -> None:
        super().__init__("address", values.mailbox_address)

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The accounts that begin with ``incomplete``."""
        changes = edits.current()
        rows = changes.rows(ACCOUNTS) if not changes.elsewhere else ()
        return [CompletionItem(name) for name, _ in rows if name.startswith(incomplete)]


def _recipient(text: str) -> str:
    return f"@{values.domain(text[1:])}" if text.startswith("@") else str(values.recipient_address(text))


MAILBOX = Mailbox()
RECIPIENT = Checked("address", _recipient)  # an address that mail can be sent to, or @domain
MAIL_DOMAIN = Checked("domain", lambda text: values.domain(text.removeprefix("@")))


def password(given: str | None, prompt: str = "Password") -> str:
    """The password of the command line, else the first line of a pipe, else what is typed twice."""
    if given:
        return given
    if sys.stdin.isatty():
        return str(click.prompt(prompt, hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def present_password(address: str) -> str:
    """The password that ``address`` has now: the next line of a pipe, else what is typed once."""
    if sys.stdin.isatty():
        return str(click.prompt(f"Present password of {address}", hide_input=True))
    return sys.stdin.readline().rstrip("\r\n")


def hashed(given: str | None) -> str:
    """The hash of a password from the command line, a pipe or a prompt; a usage error says what is wrong with it."""
    return with_hash(given)[1]


def with_hash(given: str | None, prompt: str = "Password") -> tuple[str, str]:
    """That password and its hash."""
    from mailwright.formats.passwords import password_hash  # bcrypt, which the lists need not load

    try:
        text = password(given, prompt)
        return text, password_hash(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
