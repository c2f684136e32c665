"""Settings of accounts in a database (ACCOUNT_PROVISIONER=SQL). docker-mailserver has none of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from mailwright.core import paths, values
from mailwright.settings.section import Section
from mailwright.settings.types import PRIVATE

STATE, CONFIG = f"{paths.STATE}/", f"{paths.CONFIG}/"


def _host(text: object) -> str:
    if not text or str(text).startswith("/"):
        return str(text)
    try:
        return values.next_hop(f"[{text}]").host
    except ValueError:
        raise ValueError("is neither a host name, nor an IP address, nor the path of a socket") from None


def _port(text: object) -> int:
    word = str(text)
    if not word.isascii() or not word.isdigit() or int(word[:6]) >= 1 << 16:
        raise ValueError("is not a port between 1 and 65535")
    return int(word)


def _path(text: object) -> str:
    path = str(text)
    if not path.startswith((STATE, CONFIG)) or ".." in path.split("/"):
        raise ValueError(f"is not a path below {STATE} or {CONFIG}")
    return path


def _ca(text: object) -> str:
    if text and not str(text).startswith("/"):
        raise ValueError("is not an absolute path inside the container")
    return str(text)


SqlHost = Annotated[str, BeforeValidator(_host), "host name, IP address or path of a socket"]
SqlPort = Annotated[int, BeforeValidator(_port), "port; 0: the usual one"]
SqlPath = Annotated[str, BeforeValidator(_path), f"path below {STATE} or {CONFIG}"]
CaFile = Annotated[str, BeforeValidator(_ca), "path"]
EMPTY = "Empty: that of Mailwright's own schema"


class Sql(Section):
    """Accounts in a database"""

    sql_driver: Literal["postgresql", "mariadb", "sqlite"] = Field(
        "postgresql",
        description="Kind of database for ACCOUNT_PROVISIONER=SQL. mariadb is MySQL too; "
        "sqlite is a file, for one host.",
    )
    sql_host: SqlHost = Field(
        "", description="Server of the database; a path is the socket of a server (PostgreSQL: its folder)."
    )
    sql_port: SqlPort = Field(0, description="Port of SQL_HOST. 0: 5432 for postgresql, 3306 for mariadb.")
    sql_database: str = Field("mail", description="Name of the database.")
    sql_user: str = Field("mail", description="User of the database. Reading is enough, unless `setup` edits accounts.")
    sql_password: str = Field("", description="Password of SQL_USER.", json_schema_extra=PRIVATE)
    sql_tls: Literal["verify", "off"] = Field(
        "verify",
        description="TLS to SQL_HOST. verify: required, and the certificate must be valid for SQL_HOST. off: no TLS; "
        "passwords and accounts cross the network in clear text.",
    )
    sql_ca_file: CaFile = Field(
        "", description="Certificates of the CAs that may sign SQL_HOST's certificate. Empty: the CAs of the image."
    )
    sql_path: SqlPath = Field(
        f"{paths.SQL_STATE}/accounts.sqlite", description="File of the database for SQL_DRIVER=sqlite."
    )
    sql_query_user: str = Field(
        "",
        description="Query for the password ({SCHEME}hash) of the account :address, or :local and :domain; a second "
        f"column is its quota in bytes. {EMPTY} (setup sql schema).",
    )
    sql_query_alias: str = Field(
        "",
        description="Query for the recipients of the alias :address, one a row; @domain is the alias of a catch-all. "
        f"{EMPTY}.",
    )
    sql_query_domain: str = Field("", description=f"Query that has a row if :domain is one of our domains. {EMPTY}.")
    sql_query_senders: str = Field(
        "",
        description="Query for the logins that may send as :address, one a row. Empty: the account itself, and those "
        "that get the mail of an alias.",
    )
    sql_query_refused: str = Field(
        "",
        description="Query for what is answered to mail from (:direction is send) or for (receive) :address, such as "
        f"REJECT. {EMPTY}.",
    )
    sql_query_list: str = Field("", description=f"Query for the addresses of all accounts. {EMPTY}.")
