"""Settings of accounts in a database (ACCOUNT_PROVISIONER=SQL). docker-mailserver has none of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from mailwright.core import paths, values
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
QUERY = "Empty: the query of Mailwright's own schema (setup sql schema). :address, :local and :domain are the address "


class Sql(BaseModel):
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
        description="Query for an account: password ({SCHEME}hash) and, as a second column, its quota in bytes (NULL: "
        f"POSTFIX_MAILBOX_SIZE_LIMIT). {QUERY}in question and its parts, in lower case.",
    )
    sql_query_alias: str = Field(
        "", description=f"Query for the recipients of an alias, one a row; @domain is a catch-all. {QUERY}in question."
    )
    sql_query_domain: str = Field(
        "", description="Query that has a row if :domain is one of our domains. Empty: that of Mailwright's own schema."
    )
    sql_query_senders: str = Field(
        "",
        description="Query for the logins that may send as :address, one a row. Empty: the account itself, and those "
        "that get the mail of an alias.",
    )
    sql_query_refused: str = Field(
        "",
        description="Query for what is answered to mail from (:direction is send) or for (receive) an address, such "
        "as REJECT. Empty: that of Mailwright's own schema.",
    )
    sql_query_list: str = Field(
        "", description="Query for all accounts, one address a row. Empty: that of Mailwright's own schema."
    )
