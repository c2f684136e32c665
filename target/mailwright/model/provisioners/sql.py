"""SQL: accounts and aliases in a database, which sql-lookups asks for Postfix and Dovecot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar

from mailwright.core import sockets
from mailwright.core.problems import Findings, Problem
from mailwright.formats.aliases import Alias, local_rows, regexp_rows
from mailwright.formats.master_users import masters
from mailwright.formats.sql_lookups import Database, Lookups
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.named_files import content
from mailwright.model.provisioners.directory import Directory
from mailwright.model.provisioners.file import (
    ACCOUNTS,
    LOCAL,
    MASTERS,
    QUOTAS,
    RECEIVE,
    REGEXP,
    SEND,
    VIRTUAL,
)
from mailwright.model.provisioners.provisioner import PostfixMaps, PostfixTable
from mailwright.model.provisioners.sql_queries import queries
from mailwright.model.reading import Reading
from mailwright.model.variables import Variables
from mailwright.settings import Settings

# In these files' stead the database is asked.
WITHOUT_EFFECT = (ACCOUNTS, VIRTUAL, QUOTAS, SEND, RECEIVE)


@dataclass(frozen=True)
class SqlProvisioner:
    """Accounts and aliases in a database. ``directory`` has what the config folder adds: patterns, master users."""

    lookups: Lookups
    own_schema: bool = True
    authorities: str = ""  # the content of SQL_CA_FILE
    directory: Directory = field(default_factory=Directory)
    name: ClassVar[str] = "SQL"
    can_list: ClassVar[bool] = False
    has_quotas: ClassVar[bool] = True
    dovecot_template: ClassVar[str] = "dovecot/accounts_sql.conf.j2"
    tables: ClassVar[tuple[PostfixTable, ...]] = ()

    @property
    def place(self) -> str:
        """The database, in an operator's words."""
        return self.lookups.database.place

    @property
    def dovecot_socket_folder(self) -> str:
        """What Dovecot's driver takes for the folder of PostgreSQL's socket."""
        return sockets.SQL_DOVECOT.rpartition("/")[0]

    @property
    def can_edit(self) -> bool:
        """Whether the tables are ours, so that commands know how to change them."""
        return self.own_schema

    def implying(self, aliases: tuple[Alias, ...]) -> SqlProvisioner:
        """With ``aliases`` that stand nowhere."""
        return replace(self, directory=self.directory.implying(aliases))

    def postfix(self, etc: str) -> PostfixMaps:
        """sql-lookups; the operator's patterns lie between addresses that it knows and catch-alls."""
        patterns = (f"pcre:{etc}/postfix/regexp",) if self.directory.regexp is not None else ()
        implied = f"lmdb:{etc}/postfix/virtual"  # of the host's name
        return PostfixMaps(
            virtual_mailbox_domains=(table("domain"),),
            virtual_mailbox_maps=(table("mailbox"),),
            virtual_alias_maps=(table("aliases"), implied, *patterns, table("catch_all")),
            smtpd_sender_login_maps=(table("senders"), *patterns, table("catch_all_senders")),
            refused_senders=(table("refused_send"),),
            refused_recipients=(table("refused_receive"),),
        )

    def backends(self, _: str) -> str:
        """sql-lookups knows on which backend a mailbox is."""
        return table("transport")

    def sender_domains(self, _: str) -> str:
        """sql-lookups finds each address in a domain of ours."""
        return table("sender_domain")


def table(name: str) -> str:
    """A look-up of sql-lookups, as Postfix's parameters name it (socketmap_table(5))."""
    return f"socketmap:unix:{sockets.SQL_POSTFIX}:{name}"


def provisioner(reading: Reading, folder: ConfigFolder) -> tuple[SqlProvisioner, list[Problem]]:
    """SQL with what the settings say, and the Problems with them and with the files beside it."""
    settings, variables, problems = reading.settings, reading.variables, Findings()
    problems.extend(_database_problems(settings, variables))
    if settings.smtp_only and not settings.postfix_dagent:
        what = "SMTP_ONLY runs no Dovecot, so mail for accounts in a database could not be delivered"
        problems.append(variables.error("ACCOUNT_PROVISIONER", what, "SMTP_ONLY=0, or POSTFIX_DAGENT"))
    wanted, own = problems.keep(queries(settings, variables))
    address = variables.values.get("POSTMASTER_ADDRESS")
    postmaster = address.text.strip().lower() if address else f"postmaster@{reading.domain}"
    lookups = Lookups(
        database(settings),
        wanted,
        postmaster,
        settings.enable_quotas,
        leads=settings.role == "front",
        node=(settings.cluster_node or reading.hostname) if settings.role == "backend" else "",
    )
    authorities = problems.keep(_authorities(reading))
    value = SqlProvisioner(lookups, own, authorities, problems.keep(_directory(folder)))
    return value, problems


def database(settings: Settings) -> Database:
    """The database that the settings describe."""
    driver = settings.sql_driver
    if driver == "sqlite":
        return Database(driver, path=settings.sql_path)
    return Database(
        driver,
        settings.sql_host,
        settings.sql_port,
        settings.sql_database,
        settings.sql_user,
        settings.sql_password,
        settings.sql_tls == "verify",
        settings.sql_ca_file,
    )


def wanted_paths(settings: Settings) -> tuple[str, ...]:
    """The file of the CAs, which only root may be able to read."""
    needed = settings.account_provisioner == "SQL" and settings.sql_driver != "sqlite" and settings.sql_tls == "verify"
    return (settings.sql_ca_file,) if needed and settings.sql_ca_file else ()


def _authorities(reading: Reading) -> tuple[str, list[Problem]]:
    """The content of SQL_CA_FILE."""
    found, problems = None, list[Problem]()
    if wanted_paths(reading.settings):
        found, problems = content(reading.variables, reading.sources.files, "SQL_CA_FILE")
    if found is None:
        return "", problems
    text = found.decode("utf-8", "replace")
    if "-----BEGIN CERTIFICATE-----" not in text:
        what = f"{reading.settings.sql_ca_file} has no certificate (PEM)"
        return "", [reading.variables.error("SQL_CA_FILE", what)]
    return text, []


def _database_problems(settings: Settings, variables: Variables) -> Iterator[Problem]:
    if settings.sql_driver == "sqlite":
        for name in ("SQL_HOST", "SQL_PORT", "SQL_DATABASE", "SQL_USER", "SQL_PASSWORD", "SQL_TLS", "SQL_CA_FILE"):
            if name in variables:
                yield variables.warning(name, "has no effect with SQL_DRIVER=sqlite")
        return
    if "SQL_PATH" in variables:
        yield variables.warning("SQL_PATH", f"has no effect with SQL_DRIVER={settings.sql_driver}")
    if not settings.sql_host:
        hint = "SQL_HOST=db.example.com, or SQL_DRIVER=sqlite for a file"
        yield Problem("environment", "ACCOUNT_PROVISIONER=SQL needs SQL_HOST, the server of the database", hint)
    if not settings.sql_password and not settings.sql_host.startswith("/"):
        hint = "set SQL_PASSWORD, or SQL_PASSWORD__FILE to a file that has it"
        yield Problem("environment", "ACCOUNT_PROVISIONER=SQL needs SQL_PASSWORD", hint)
    if settings.sql_tls == "off":
        if settings.sql_ca_file:
            yield variables.warning("SQL_CA_FILE", "has no effect with SQL_TLS=off")
        if settings.sql_host and not settings.sql_host.startswith("/"):
            yield variables.warning(
                "SQL_TLS", f"is off: passwords and accounts go to {settings.sql_host} in clear text"
            )


def _directory(folder: ConfigFolder) -> tuple[Directory, list[Problem]]:
    """What the config folder adds to the database."""
    problems = Findings()
    regexp = folder.text(REGEXP)
    if regexp:
        problems.extend(regexp_rows(regexp))
    value = Directory(
        regexp=regexp,
        local=folder.text(LOCAL),
        local_names=problems.keep(folder.parsed(LOCAL, local_rows)),
        masters=problems.keep(folder.parsed(MASTERS, masters)),
    )
    return value, problems
