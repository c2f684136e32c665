"""What a trace asks of the running server. Everything else it reads off the rendered configuration."""

from __future__ import annotations

from typing import Protocol


class UnansweredError(Exception):
    """Nobody answered; the message says who, and why."""


class World(Protocol):
    """The running server's answers. Each method raises UnansweredError if there is none."""

    def look_up(self, table: str, key: str) -> str | None:
        """What ``table`` (``type:name``) has for ``key``, as Postfix asks it."""

    def match(self, patterns: str, key: str) -> str | None:
        """What a pcre_table(5) with this text has for ``key``."""

    def policy(self, address: str, recipient: str, size: int, /) -> str:
        """The action of Dovecot's quota-status (SMTPD_POLICY_README)."""

    def usage(self, account: str, /) -> tuple[int, int] | None:
        """The bytes that the mailbox stores, and its limit (0: none)."""

    def active_script(self, account: str, /) -> str:
        """The user's active Sieve script; empty if there is none."""

    def bans(self, client: str, /) -> list[str]:
        """The jails that ban the client."""

    def mx(self, domain: str) -> list[str]:
        """The servers that the domain's MX records name, the preferred one first."""
