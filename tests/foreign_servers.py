"""What other mail servers store, made as they make it: mailcow's tables, Mailu's export, Mail-in-a-Box's database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

Rows = Mapping[str, Sequence[Mapping[str, object]]]
ACTIVE = ("active", "tinyint(1) NOT NULL DEFAULT 1")
# The tables of mailcow's schema that are read, and one that is not, with their columns in order.
MAILCOW: Mapping[str, Sequence[tuple[str, str]]] = {
    "alias": (
        ("id", "int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY"),
        ("address", "varchar(255) NOT NULL UNIQUE"),
        ("goto", "text NOT NULL"),
        ("domain", "varchar(255) NOT NULL DEFAULT ''"),
        ("created", "datetime NOT NULL DEFAULT current_timestamp()"),
        ("modified", "datetime DEFAULT NULL ON UPDATE current_timestamp()"),
        ("private_comment", "text DEFAULT NULL"),
        ("internal", "tinyint(1) NOT NULL DEFAULT 0"),
        ("sender_allowed", "tinyint(1) NOT NULL DEFAULT 1"),
        ACTIVE,
    ),
    "alias_domain": (
        ("alias_domain", "varchar(255) NOT NULL PRIMARY KEY"),
        ("target_domain", "varchar(255) NOT NULL"),
        ACTIVE,
    ),
    "app_passwd": (
        ("id", "int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY"),
        ("name", "varchar(255) NOT NULL"),
        ("mailbox", "varchar(255) NOT NULL"),
        ("password", "varchar(255) NOT NULL"),
        ACTIVE,
    ),
    "bcc_maps": (
        ("local_dest", "varchar(255) NOT NULL"),
        ("bcc_dest", "varchar(255) NOT NULL"),
        ("type", "enum('sender','rcpt') DEFAULT NULL"),
        ACTIVE,
    ),
    "domain": (
        ("domain", "varchar(255) NOT NULL PRIMARY KEY"),
        ("description", "varchar(255) DEFAULT NULL"),
        ("relayhost", "varchar(255) NOT NULL DEFAULT '0'"),
        ("backupmx", "tinyint(1) NOT NULL DEFAULT 0"),
        ACTIVE,
    ),
    "fido2": (
        ("username", "varchar(255) NOT NULL"),
        ("credentialId", "blob NOT NULL"),
        ACTIVE,
    ),
    "filterconf": (
        ("object", "varchar(255) NOT NULL DEFAULT ''"),
        ("option", "varchar(50) NOT NULL DEFAULT ''"),
        ("value", "varchar(100) NOT NULL DEFAULT ''"),
    ),
    "mailbox": (
        ("username", "varchar(255) NOT NULL PRIMARY KEY"),
        ("password", "varchar(255) NOT NULL"),
        ("name", "varchar(255) DEFAULT NULL"),
        ("mailbox_path_prefix", "varchar(150) DEFAULT '/var/vmail/'"),
        ("quota", "bigint(20) NOT NULL DEFAULT 102400"),
        ("local_part", "varchar(255) NOT NULL DEFAULT ''"),
        ("domain", "varchar(255) NOT NULL DEFAULT ''"),
        ("attributes", "longtext COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`attributes`))"),
        ("kind", "varchar(100) NOT NULL DEFAULT ''"),
        ("authsource", "enum('mailcow','keycloak','generic-oidc','ldap') DEFAULT 'mailcow'"),
        ("created", "datetime NOT NULL DEFAULT current_timestamp()"),
        ACTIVE,
    ),
    "quarantine": (
        ("qid", "varchar(30) NOT NULL"),
        ("msg", "longtext DEFAULT NULL"),
    ),
    "relayhosts": (
        ("id", "int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY"),
        ("hostname", "varchar(255) NOT NULL"),
        ("username", "varchar(255) NOT NULL"),
        ("password", "varchar(255) NOT NULL"),
        ACTIVE,
    ),
    "sender_acl": (
        ("logged_in_as", "varchar(255) NOT NULL"),
        ("send_as", "varchar(255) NOT NULL"),
        ("external", "tinyint(1) NOT NULL DEFAULT 0"),
    ),
    "sieve_filters": (
        ("id", "int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY"),
        ("username", "varchar(255) NOT NULL"),
        ("script_desc", "varchar(255) NOT NULL DEFAULT ''"),
        ("script_name", "enum('active','inactive') DEFAULT NULL"),
        ("script_data", "text NOT NULL"),
        ("filter_type", "enum('postfilter','prefilter') DEFAULT NULL"),
    ),
    "spamalias": (
        ("address", "varchar(255) NOT NULL PRIMARY KEY"),
        ("goto", "text NOT NULL"),
        ("validity", "int(11) NOT NULL DEFAULT 0"),
        ("permanent", "tinyint(1) NOT NULL DEFAULT 0"),
    ),
    "versions": (
        ("application", "varchar(255) NOT NULL PRIMARY KEY"),
        ("version", "varchar(100) NOT NULL"),
    ),
}  # fmt: skip
DEFAULTS: Mapping[str, object] = {
    "active": 1,
    "quota": 0,
    "authsource": "mailcow",
    "relayhost": "0",
    "attributes": "{}",
    "sender_allowed": 1,
    "internal": 0,
    "created": "2025-01-01 00:00:00",
}


def quoted(value: object) -> str:
    """A value as mysqldump(1) writes it."""
    if value is None or isinstance(value, int):
        return "NULL" if value is None else str(value)
    text = str(value)
    for char, escape in (("\\", "\\\\"), ("'", "\\'"), ('"', '\\"'), ("\0", "\\0"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(char, escape)
    return f"'{text}'"


def mailcow_tables(tables: Iterable[str] = MAILCOW) -> str:
    """The statements that make mailcow's tables."""
    creates = []
    for table in tables:
        columns = ",\n".join(f"  `{name}` {kind}" for name, kind in MAILCOW[table])
        creates.append(f"CREATE TABLE `{table}` (\n{columns}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n")
    return "".join(creates)


def mailcow_rows(rows: Rows) -> str:
    """The statements that fill them, one a row."""
    return "".join(
        f"INSERT INTO `{table}` ({', '.join(f'`{name}`' for name in row)}) VALUES "
        f"({', '.join(map(quoted, row.values()))});\n"
        for table, several in rows.items()
        for row in several
    )


def mailcow_dump(rows: Rows, tables: Iterable[str] = MAILCOW) -> str:
    """A dump as mysqldump(1) makes it of ``rows``; a column without a value has a default."""
    parts = ["-- MySQL dump 10.13\n/*!40101 SET NAMES utf8mb4 */;\n"]
    for table in tables:
        parts.append(f"DROP TABLE IF EXISTS `{table}`;\n{mailcow_tables([table])}LOCK TABLES `{table}` WRITE;\n")
        several = [
            ",".join(quoted(row.get(name, DEFAULTS.get(name, ""))) for name, _ in MAILCOW[table])
            for row in rows.get(table, ())
        ]
        if several:
            parts.append(f"INSERT INTO `{table}` VALUES ({'),('.join(several)});\n")
        parts.append("UNLOCK TABLES;\n")
    return "".join(parts)


def private_key() -> str:
    """A new RSA key in PEM form, as openssl(1) makes it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


MAILINABOX = """
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, password TEXT NOT NULL,
    extra, privileges TEXT NOT NULL DEFAULT '', quota TEXT NOT NULL DEFAULT '0');
CREATE TABLE aliases (id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL UNIQUE, destination TEXT NOT NULL,
    permitted_senders TEXT);
CREATE TABLE mfa (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL, type TEXT NOT NULL,
    secret TEXT NOT NULL, mru_token TEXT, label TEXT);
CREATE TABLE auto_aliases (id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL UNIQUE, destination TEXT NOT NULL,
    permitted_senders TEXT);
"""
MAILU = """
CREATE TABLE domain (name VARCHAR(80) PRIMARY KEY, max_users INTEGER NOT NULL DEFAULT -1, comment VARCHAR(255));
CREATE TABLE alternative (name VARCHAR(80) PRIMARY KEY, domain_name VARCHAR(80));
CREATE TABLE relay (name VARCHAR(80) PRIMARY KEY, smtp VARCHAR(80));
CREATE TABLE user (email VARCHAR(255) PRIMARY KEY, localpart VARCHAR(80), domain_name VARCHAR(80),
    password VARCHAR(255) NOT NULL, quota_bytes BIGINT NOT NULL DEFAULT 1000000000, enabled BOOLEAN NOT NULL DEFAULT 1,
    enable_imap BOOLEAN NOT NULL DEFAULT 1, enable_pop BOOLEAN NOT NULL DEFAULT 1,
    forward_enabled BOOLEAN NOT NULL DEFAULT 0, forward_destination VARCHAR(255), forward_keep BOOLEAN DEFAULT 1,
    reply_enabled BOOLEAN NOT NULL DEFAULT 0, displayed_name VARCHAR(160) NOT NULL DEFAULT '');
CREATE TABLE alias (email VARCHAR(255) PRIMARY KEY, localpart VARCHAR(80), domain_name VARCHAR(80),
    wildcard BOOLEAN NOT NULL DEFAULT 0, destination VARCHAR NOT NULL);
CREATE TABLE token (id INTEGER PRIMARY KEY, user_email VARCHAR(255), password VARCHAR(255), ip VARCHAR(255),
    comment VARCHAR(255));
CREATE TABLE fetch (id INTEGER PRIMARY KEY, user_email VARCHAR(255), protocol VARCHAR(4), host VARCHAR(255));
"""


def sqlite(path: Path, tables: str, rows: Rows) -> Path:
    """A database at ``path`` with ``rows``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(tables)
        for table, several in rows.items():
            for row in several:
                names, places = ", ".join(row), ", ".join("?" for _ in row)
                connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", tuple(row.values()))
        connection.commit()
    return path
