"""Addresses of daemons: a socket of the file system, or a host and port of a daemon on another machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mailwright.core import paths


@dataclass(frozen=True, slots=True)
class Unix:
    """A socket of the file system. Its folder decides who may connect."""

    path: str

    def __str__(self) -> str:
        return self.path

    @property
    def folder(self) -> str:
        """The folder that holds the socket."""
        return self.path.rpartition("/")[0]

    @property
    def postfix(self) -> str:
        """As Postfix writes it, in smtpd_milters for example (postconf(5))."""
        return f"unix:{self.path}"

    @property
    def dovecot_sasl(self) -> str:
        """The value of smtpd_sasl_path with ``smtpd_sasl_type = dovecot``."""
        return self.path


@dataclass(frozen=True, slots=True)
class Inet:
    """A host and port. Only the daemons may reach it, because these protocols have no password."""

    host: str
    port: int
    path: ClassVar[str] = ""  # templates distinguish the two kinds by it
    folder: ClassVar[str] = ""

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def postfix(self) -> str:
        """As Postfix writes it, in smtpd_milters for example (postconf(5))."""
        return f"inet:{self}"

    @property
    def dovecot_sasl(self) -> str:
        """The value of smtpd_sasl_path with ``smtpd_sasl_type = dovecot``."""
        return self.postfix


Address = Unix | Inet


@dataclass(frozen=True, slots=True)
class Sockets:
    """Every address at which one daemon asks another. The defaults are on tmpfs: no old socket survives a start."""

    lmtp: Address = Unix(f"{paths.DOVECOT_RUN}/lmtp")  # Postfix delivers to Dovecot (RFC 2033)
    auth: Address = Unix(f"{paths.DOVECOT_RUN}/auth-postfix")  # Postfix asks Dovecot about logins (SASL)
    quota_status: Address = Unix(f"{paths.DOVECOT_RUN}/quota-status")  # Postfix asks Dovecot if a mailbox is full
    milter: Address = Unix("/run/rspamd/milter.sock")  # Postfix asks Rspamd about each mail
    # The same about mail of users. docker-mailserver's recipe for ports with PROXY copies the options of submission and
    # puts another word in the place of "submission", so the path does not have it.
    submission_milter: Address = Unix("/run/rspamd-msa/milter.sock")
    rspamd_controller: Address = Unix("/run/rspamd-controller/controller.sock")  # Dovecot's Sieve teaches Rspamd
    redis: Address = Unix("/run/redis/redis.sock")  # Rspamd keeps what it has learned
    clamd: Address = Unix("/run/clamav/clamd.sock")  # Rspamd has mail scanned for viruses
    mta_sts: Address = Unix("/run/mta-sts/mta-sts.sock")  # Postfix asks for TLS policies (socketmap_table(5))


SOCKETS = Sockets()  # where every daemon runs in this container
