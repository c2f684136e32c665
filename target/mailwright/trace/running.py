"""The World of the server in this container: its own programs and sockets are asked."""

from __future__ import annotations

import ast
import ipaddress
from pathlib import Path

from mailwright.core import paths
from mailwright.dns.questions import Unanswered
from mailwright.dns.resolver import Resolver
from mailwright.host.commands import run
from mailwright.observe import dovecot
from mailwright.observe.conversation import connected
from mailwright.trace.world import UnansweredError

POSTMAP = "/usr/sbin/postmap"
ACTIVE = ".dovecot.sieve"  # the link to the user's active script


class Running:
    """What runs here."""

    def look_up(self, table: str, key: str) -> str | None:
        """What Postfix finds in the table."""
        return self._postmap(key, table)

    def match(self, patterns: str, key: str) -> str | None:
        """What Postfix finds in the patterns."""
        return self._postmap(key, "pcre:/dev/stdin", patterns)

    def _postmap(self, key: str, table: str, given: str = "") -> str | None:
        done = run((POSTMAP, "-q", key, table), given=given)
        if done:
            return done.output.removesuffix("\n")
        if done.code == 1 and not done.errors.strip():
            return None
        raise UnansweredError(f"{table}: {done.reason}")

    def policy(self, address: str, recipient: str, size: int) -> str:
        """What quota-status answers to Postfix's question about a recipient."""
        asked = f"request=smtpd_access_policy\nprotocol_state=RCPT\nrecipient={recipient}\nsize={size}\n\n"
        try:
            with connected(address) as connection:
                connection.sendall(asked.encode())
                answer = connection.makefile("r", encoding="utf-8").readline()
        except OSError as error:
            raise UnansweredError(f"Dovecot does not answer: {(error.strerror or 'no answer').lower()}") from None
        return answer.strip().removeprefix("action=")

    def usage(self, account: str) -> tuple[int, int] | None:
        """What doveadm says about the mailbox."""
        return dovecot.quota(account)

    def active_script(self, account: str) -> str:
        """Where the link to the active script leads, or the file in its place."""
        local, _, domain = account.rpartition("@")
        home = Path(paths.MAIL, domain, local, "home")
        try:
            active = home / ACTIVE
            return str(home / active.readlink()) if active.is_symlink() else str(active) if active.exists() else ""
        except OSError as error:
            raise UnansweredError((error.strerror or "error").lower()) from None

    def bans(self, client: str) -> list[str]:
        """The jails in which fail2ban has the client, or a network with it."""
        done = run(("fail2ban-client", "banned"))
        if not done:
            raise UnansweredError(f"fail2ban: {done.reason}")
        jails = ast.literal_eval(done.output.strip() or "[]")
        address = ipaddress.ip_address(client)
        return [
            name
            for of_jail in jails
            for name, banned in of_jail.items()
            if any(address in ipaddress.ip_network(one, strict=False) for one in banned)
        ]

    def mx(self, domain: str) -> list[str]:
        """The MX records, the preferred server first; the domain itself if there are none (RFC 5321, section 5.1)."""
        question = (domain, "MX")
        answer = Resolver("").ask_all([question])[question]
        if isinstance(answer, Unanswered):
            raise UnansweredError(answer.reason)
        rows = sorted((int(text.split()[0]), text.split()[1].rstrip(".")) for text in answer)
        return [host or "none: it takes no mail" for _, host in rows] or [domain]
