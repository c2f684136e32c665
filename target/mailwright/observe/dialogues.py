"""What a user's mail program, another server or Postfix does with a daemon, up to the point where nothing changes.

Each dialogue raises OSError or UnexpectedError if the daemon does not do its work. Imports little, since the health
check uses it.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from itertools import chain, islice
from pathlib import Path

from mailwright.core import paths, sockets
from mailwright.observe.conversation import Conversation, UnexpectedError, connected
from mailwright.observe.open_connections import open_connections

DIALOGUES = Path("/etc", paths.DIALOGUES)
CLIENT = "[127.0.0.1]"  # no restriction on names refuses an address
NEGOTIATION = bytes.fromhex("0000000d4f00000006000001ff001fffff")  # SMFIC_OPTNEG, version 6, everything offered
QUIT = bytes.fromhex("0000000151")  # SMFIC_QUIT
FOLDERS = 1000  # so many mail folders are looked at


def smtp(address: str, security: str, domain: str) -> None:
    """Takes a mail up to an unknown recipient in ``domain`` ("-": only offers TLS and a login)."""
    with Conversation(address, security) as client:
        client.expect("the connection", "220")
        offers = client.ask(f"EHLO {CLIENT}", "250")
        if "STARTTLS" in offers:
            client.ask("STARTTLS", "220")
            client.start_tls()
            offers = client.ask(f"EHLO {CLIENT}", "250")
        if domain == "-" and " AUTH" not in offers and "-AUTH" not in offers:
            raise UnexpectedError("offers no login")
        if domain not in ("-", "."):
            client.ask("MAIL FROM:<>", "250", "450", "5")
            client.ask(f"RCPT TO:<{paths.HEALTH_NAME}@{domain}>", "250", "450", "5")
        client.say("QUIT")
        client.answer()


def lmtp(address: str, security: str, recipient: str) -> None:
    """Takes mail for ``recipient``, one of our accounts, up to RCPT ("-": there is none)."""
    with Conversation(address, security) as client:
        client.expect("the connection", "220")
        client.ask(f"LHLO {CLIENT}", "250")
        client.ask("MAIL FROM:<>", "250")
        if recipient != "-":
            client.ask(f"RCPT TO:<{recipient}>", "250", "452 4.2.2", "552")
        client.say("QUIT")
        client.answer()


def directory(address: str, security: str, place: str) -> None:
    """Says that there is no such user, which only a directory of accounts that answers can know."""
    with Conversation(address, security) as client:
        client.expect("the connection", "220")
        client.ask(f"LHLO {CLIENT}", "250")
        client.ask("MAIL FROM:<>", "250")
        client.say(f"RCPT TO:<{paths.HEALTH_NAME}@directory.invalid>")
        if not (answer := client.answer()).startswith("550"):
            raise UnexpectedError(f"cannot look accounts up, so {place} is down or refuses us: {answer[:200]!r}")


def imap(address: str, security: str, _: str) -> None:
    """Logs the probe account in and opens its INBOX."""
    with Conversation(address, security) as client:
        if not client.line().startswith("* OK"):
            raise UnexpectedError("does not greet")
        if not security.startswith("tls"):
            tagged(client, "STARTTLS")
            client.start_tls()
        tagged(client, f"LOGIN {paths.HEALTH_ADDRESS} {password()}", "a login")
        tagged(client, "SELECT INBOX")
        tagged(client, "LOGOUT")


def tagged(client: Conversation, command: str, name: str = "") -> None:
    """The IMAP server says OK to ``command``."""
    client.say(f"a {command}")
    while (line := client.line()).startswith("*"):
        if line.startswith("* BYE") and command != "LOGOUT":
            raise UnexpectedError(f"answers {line[:200]!r} to {name or command}")
    if not line.startswith("a OK"):
        raise UnexpectedError(f"answers {line[2:200]!r} to {name or command}")


def pop3(address: str, security: str, _: str) -> None:
    """Logs the probe account in."""
    with Conversation(address, security) as client:
        commands = ["", *(() if security.startswith("tls") else ("STLS",))]
        for command in (*commands, f"USER {paths.HEALTH_ADDRESS}", f"PASS {password()}", "QUIT"):
            if command:
                client.say(command)
            if not (line := client.line()).startswith("+OK"):
                raise UnexpectedError(f"answers {line[:200]!r} to {command[:4] or 'the connection'}")
            if command == "STLS":
                client.start_tls()


def password() -> str:
    """The probe account's password, which boot has made."""
    return Path(paths.HEALTH_PASSWD).read_text(encoding="ascii").split(":")[1].removeprefix("{PLAIN}")


def milter(address: str, _security: str, _argument: str) -> None:
    """Negotiates options, as Postfix does at the begin of each session."""
    with connected(address) as client:
        client.sendall(NEGOTIATION)
        if client.recv(512)[4:5] != b"O":
            raise UnexpectedError("does not answer Postfix (milter)")
        client.sendall(QUIT)


def redis(address: str, security: str, _: str) -> None:
    """Answers PING."""
    with Conversation(address, security) as client:
        client.say("PING")
        if (line := client.line()) != "+PONG":
            raise UnexpectedError(f"answers {line[:200]!r} to PING")


def http(address: str, security: str, name: str) -> None:
    """Answers for the host ``name`` that the mail server is healthy, or that it is not.

    A web server that is full closes the connection at once. Strangers can do that; it says nothing about mail.
    """
    try:
        with Conversation(address, security) as client:
            client.say(f"GET /health HTTP/1.0\r\nHost: {name}\r\n")
            line = client.line()
    except (OSError, UnexpectedError):
        if is_full():
            return
        raise
    if line.split(" ")[1:2] not in (["200"], ["503"]):
        raise UnexpectedError(f"answers {line[:200]!r} to GET /health")


def is_full() -> bool:
    """Whether the web server holds nearly as many connections as it can."""
    counts = open_connections()
    return sum(counts[port] for port in sockets.WEB_PORTS) > 0.9 * sockets.WEB_CONNECTIONS


def folders(root: str, _security: str, owner: str) -> None:
    """The folders of domains and mailboxes below ``root`` can be written by ``owner``, ``uid:gid`` in numbers."""
    uid, gid = map(int, owner.split(":"))
    domains = [Path(root), *(path for path in Path(root).glob("*.*") if not path.name.startswith("."))]
    mailboxes = chain.from_iterable(path.iterdir() for path in domains[1:] if path.is_dir())
    for path in chain(domains[:FOLDERS], islice(mailboxes, FOLDERS)):
        status = path.stat()
        writable = {uid: stat.S_IWUSR}.get(status.st_uid, stat.S_IWGRP if status.st_gid == gid else stat.S_IWOTH)
        if path.is_dir() and not status.st_mode & writable:
            raise UnexpectedError(f"belongs to {status.st_uid}:{status.st_gid}, so {owner} cannot write {path}")


KINDS: Mapping[str, Callable[[str, str, str], None]] = {
    "smtp": smtp,
    "lmtp": lmtp,
    "directory": directory,
    "imap": imap,
    "pop3": pop3,
    "milter": milter,
    "redis": redis,
    "http": http,
    "folders": folders,
}


def failed(line: str) -> str:
    """Why the daemon of one line of the dialogues file does not do its work, or nothing."""
    service, kind, address, security, argument = line.split(" ", 4)
    try:
        KINDS[kind](address, security, argument)
    except UnexpectedError as error:
        return f"{service}: {kind} ({address}) {error}"
    except (OSError, ValueError, IndexError) as error:
        return f"{service}: {kind} ({address}) does not answer: {error}"
    return ""
