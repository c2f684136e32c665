"""A connection to a directory, with a time limit for everything, and the server that it leads to."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from mailwright.formats import ldap_messages
from mailwright.formats.ldap_messages import Code, Inbox, Message, NotLdapError, Op
from mailwright.host import verified_tls

Taker = Callable[[Message | None], None]
KEEPALIVE = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 10), (socket.TCP_KEEPCNT, 3))


class Connection(asyncio.Protocol):
    """A connection to a server of the directory. It ends once an answer does not come in time."""

    def __init__(self, uri: str, seconds: float) -> None:
        self.uri, self.seconds = uri, seconds
        self.lost: Callable[[str], None] = lambda _: None  # is told why, if somebody waits for an answer
        self.closed, self.reason = False, ""
        self.number = 0
        self.transport: asyncio.Transport | None = None
        self.inbox = Inbox()
        self.unsure = False  # with TLS 1.3 a server judges our certificate after the handshake
        self.waiting: dict[int, tuple[Taker, asyncio.TimerHandle]] = {}

    async def open(self, context: ssl.SSLContext | None, start_tls: bool) -> None:
        """Connects; OSError if that fails."""
        url, loop = urlsplit(self.uri), asyncio.get_running_loop()
        if url.scheme == "ldapi":
            await loop.create_unix_connection(lambda: self, unquote(url.netloc))
            return
        direct = context if url.scheme == "ldaps" else None
        port = url.port or (636 if direct else 389)
        made, _ = await loop.create_connection(
            lambda: self, url.hostname or "", port, ssl=direct, server_hostname=url.hostname if direct else None
        )
        plain = made.get_extra_info("socket")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in KEEPALIVE:
            plain.setsockopt(socket.IPPROTO_TCP, option, value)
        if start_tls and context:
            code, text = await self.reply(ldap_messages.start_tls_request(), "StartTLS")
            if code != Code.SUCCESS:
                raise OSError(f"{self.uri} refuses StartTLS: {text or code}")
            self.transport = await loop.start_tls(made, self, context, server_hostname=url.hostname)
        self.unsure = bool(direct or start_tls)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """There is a connection."""
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Hands every message to its taker."""
        self.unsure = False
        try:
            for answer in self.inbox.messages(data):
                self.hand_over(answer)
        except NotLdapError as error:
            self.close(f"{self.uri} does not speak LDAP: {error}")

    def hand_over(self, answer: Message) -> None:
        """The message goes to who waits for it."""
        taker, timer = self.waiting.get(answer.number, (None, None))
        if not taker or not timer or answer.op == Op.REFERENCE:  # another server's part of the tree
            return
        timer.cancel()
        if answer.op == Op.ENTRY:
            self.waiting[answer.number] = (taker, self.timer())
        else:
            del self.waiting[answer.number]
        taker(answer)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection has ended."""
        if isinstance(error, ssl.SSLError):
            self.close(f"{self.uri} {_alert(error)}")
        elif self.unsure:
            hint = "does it demand a certificate of ours (LDAP_TLS_CERT)?"
            self.close(f"{self.uri} has ended the connection before its first answer: {hint}")
        else:
            self.close(f"{self.uri} has ended the connection")

    def timer(self) -> asyncio.TimerHandle:
        """Ends the connection if nobody cancels it in time."""
        reason = f"{self.uri} has not answered within {self.seconds:g} s"
        return asyncio.get_running_loop().call_later(self.seconds, self.close, reason)

    def ask(self, request: Message, taker: Taker) -> int:
        """Sends the request under a number of its own, which comes back; ``taker`` gets the answers."""
        self.number += 1
        if self.closed:
            asyncio.get_running_loop().call_soon(taker, None)
        else:
            self.waiting[self.number] = (taker, self.timer())
            self.send(request.encoded(self.number))
        return self.number

    def forget(self, number: int) -> None:
        """Nobody waits for the answer any more. It will come soon, so the server need not be told."""
        _, timer = self.waiting.pop(number, (None, None))
        if timer:
            timer.cancel()

    def abandon(self, number: int) -> None:
        """Nobody waits for the answer any more."""
        if number in self.waiting and not self.closed:
            self.forget(number)
            self.number += 1
            self.send(Message(0, Op.ABANDON, ldap_messages.abandon_request(number)).encoded(self.number))

    def send(self, data: bytes) -> None:
        """Sends bytes; if the connection has ended, ``connection_lost`` says so."""
        if self.transport:
            self.transport.write(data)

    def close(self, reason: str) -> None:
        """Ends the connection. Those who wait for an answer get None."""
        if self.closed:
            return
        self.closed, self.reason = True, reason
        waiting = list(self.waiting.values())
        if waiting:
            self.lost(reason)
        for taker, timer in waiting:
            timer.cancel()
            taker(None)
        self.waiting.clear()
        if self.transport:
            self.transport.abort()

    async def reply(self, rest: bytes, what: str) -> tuple[int, str]:
        """The server's answer to a request other than a search: code and text; OSError if there is none."""
        future: asyncio.Future[Message | None] = asyncio.get_running_loop().create_future()
        self.ask(Message(0, rest[0], rest), lambda answer: None if future.done() else future.set_result(answer))
        if (answer := await future) is None:
            raise OSError(f"{self.uri} has not answered a {what}")
        return ldap_messages.result(answer)

    async def bind(self, name: bytes, password: bytes) -> tuple[int, str]:
        """The server's answer to a simple bind: code and text; OSError if there is none."""
        return await self.reply(ldap_messages.bind_request(name, password), "login")


@dataclass(frozen=True)
class Tls:
    """How TLS to the directory is made."""

    ca_file: str = ""
    ca_dir: str = ""
    cert_file: str = ""
    key_file: str = ""
    ciphers: str = ""
    verify: bool = True

    def context(self) -> ssl.SSLContext:
        """Verifies against these authorities, or the system's, unless that was switched off."""
        context = verified_tls.context(self.ca_file, self.ca_dir)
        if not self.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self.cert_file:
            context.load_cert_chain(self.cert_file, self.key_file or None)
        if self.ciphers:
            context.set_ciphers(self.ciphers)
        return context


@dataclass(frozen=True)
class Server:
    """Where a directory is, and how this server logs in there."""

    socket: str  # where we listen
    domains_socket: str  # where we listen for questions about domains; empty: nowhere
    uris: tuple[str, ...]
    timeout: float = 2
    bind_dn: str = ""
    bind_pw: str = ""
    start_tls: bool = False
    base_is_fixed: bool = True  # a search base that is missing is a fault, not the answer "no such user"
    paths: Mapping[str, bool] = field(default_factory=dict)  # attributes that say where mail is (ldap_paths)
    context: ssl.SSLContext | None = None

    @classmethod
    def of(cls, values: dict[str, Any]) -> Server:
        """The server of a file that was rendered."""
        wants = values["start_tls"] or any(uri.startswith("ldaps:") for uri in values["uris"])
        tls = Tls(**values.pop("tls"))
        return cls(**values, context=tls.context() if wants else None)

    async def connection(self, lost: Callable[[str], None] = lambda _: None) -> Connection:
        """A connection to the first server that takes one; OSError with the reason of the last that does not."""
        reason = ""
        for uri in self.uris:
            connection = Connection(uri, self.timeout)
            try:
                async with asyncio.timeout(self.timeout):
                    await connection.open(self.context, self.start_tls)
            except TimeoutError:
                connection.close("")
                reason = f"{uri} has not answered within {self.timeout:g} s"
            except ssl.SSLError as error:
                connection.close("")
                reason = f"{uri} {_alert(error)}"
            except (OSError, NotLdapError) as error:
                connection.close("")
                reason = f"{uri} does not answer: {_told(error)}"
            else:
                if not connection.closed:
                    connection.lost = lost
                    return connection
                reason = connection.reason
        raise OSError(reason)

    async def bound(self, lost: Callable[[str], None]) -> Connection:
        """A connection with our own login; OSError if that is not accepted."""
        connection = await self.connection(lost)
        if self.bind_dn:
            code, text = await connection.bind(self.bind_dn.encode(), self.bind_pw.encode())
            if code != Code.SUCCESS:
                connection.close("refused")
                raise OSError(f"{connection.uri} refuses the login of {self.bind_dn}: {_code(code)} {text}".rstrip())
        return connection


def _code(code: int) -> str:
    return {49: "wrong name or password", 53: "unwilling", 48: "this kind of login is not allowed"}.get(code, str(code))


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__


def _alert(error: ssl.SSLError) -> str:
    """Why TLS could not be made, or was ended by the server (RFC 8446, section 6.2)."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"does not answer: its certificate is not accepted: {error.verify_message}"
    alert = (error.reason or "TLS failed").replace("_", " ").lower()
    if "certificate required" in alert:
        return "demands a certificate of ours (LDAP_TLS_CERT)"
    if "alert" in alert and ("certificate" in alert or "unknown ca" in alert):
        return f"does not accept the certificate LDAP_TLS_CERT ({alert})"
    return f"ends the connection ({alert})"
