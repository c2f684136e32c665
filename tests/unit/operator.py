"""What an operator gives, as the tests write it: texts and variables → Sources, Mailserver, and the Problems told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

from mailwright.core import paths
from mailwright.core.problems import ConfigurationError, Problem
from mailwright.core.textfile import TextFile
from mailwright.explain.influence import Deployment
from mailwright.formats.aliases import Alias
from mailwright.host import read
from mailwright.model import certificates
from mailwright.model.building import build
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.inputs import Inputs
from mailwright.model.mailserver import Mailserver
from mailwright.model.provisioners import chosen
from mailwright.model.provisioners.file import FileProvisioner
from mailwright.model.provisioners.provisioner import PostfixMaps, PostfixTable
from mailwright.model.reading import Reading
from mailwright.model.sources import Interface, Sources
from tests import clock
from tests.pki import pair

NOW = clock.now() + timedelta(minutes=1)
HASH = "{SHA512-CRYPT}$6$salt$hash"
ACCOUNTS = {"postfix-accounts.cf": f"alice@example.com|{HASH}\nbob@example.com|{HASH}\n"}


@cache
def own_certificate() -> dict[str, bytes]:
    """The certificate that the state would hold."""
    chain, key = pair("mail.example.com")
    return {certificates.OWN.chain: chain.encode(), certificates.OWN.keys[0]: key.encode()}


@cache
def templates() -> Mapping[str, TextFile]:
    """The image's templates."""
    return read.read_templates(Path("/nonexistent"))


def file(text: str, name: str = "file.cf") -> TextFile:
    """``text`` as a file of the config folder."""
    return TextFile(name, text)


@dataclass(frozen=True)
class Elsewhere(FileProvisioner):
    """Accounts that only look-ups know: what all directories and databases have in common."""

    name = "ELSEWHERE"
    place = "the directory of this test"
    can_list = False
    can_edit = False
    table = PostfixTable("elsewhere-domains", "ldap", (("query_filter", "(dc=%s)"), ("bind_pw", "of-the-directory")))
    tables = (table, table.of_addresses("elsewhere-senders"))
    has_quotas = True

    def implying(self, aliases: tuple[Alias, ...]) -> Elsewhere:
        return Elsewhere(self.directory.implying(aliases))

    def postfix(self, etc: str) -> PostfixMaps:
        table = (self.table.map(etc),)
        return PostfixMaps(table, table, (f"lmdb:{etc}/postfix/virtual", *table), table)

    def sender_domains(self, etc: str) -> str:
        return self.tables[1].map(etc)


def told(problems: Iterable[Problem]) -> list[str]:
    """Problems as the operator reads them."""
    return [f"{'warning: ' if it.warning else ''}{it}" for it in problems]


def interfaces(*pairs: str) -> tuple[Interface, ...]:
    """``eth0 172.18.0.2/16`` as an interface."""
    return tuple(Interface(name, IPv4Interface(net)) for name, net in (it.split() for it in pairs))


def sources(config: Mapping[str, str] | None = None, /, **environ: str) -> Sources:
    """A machine named mail.example.com in a Docker network, with these files and variables."""
    return Sources(
        environ=environ,
        config={name: text.encode() for name, text in (ACCOUNTS if config is None else config).items()},
        files=own_certificate() | {paths.SRS_SECRET: b"secret-of-the-state\n"},
        templates=templates(),
        fqdn="mail.example.com",
        interfaces=interfaces("lo 127.0.0.1/8", "eth0 172.18.0.2/16"),
        gateways=(IPv4Address("172.18.0.1"),),
        timezones=frozenset({"Europe/Berlin"}),
        now=NOW,
    )


def reading(config: Mapping[str, str] | None = None, /, **environ: str) -> Reading:
    """The Reading of these files and variables."""
    return Reading.of(sources(config, **environ))


def inputs(config: Mapping[str, str] | None = None, /, **environ: str) -> Inputs:
    """What the parts of the model are made of, of these files and variables."""
    given = reading(config, **environ)
    folder = ConfigFolder(given.sources.config)
    return Inputs(given, folder, chosen.provisioner(given, folder)[0])


def deployment(config: Mapping[str, str] | None = None, /, **environ: str) -> Deployment:
    """What explain looks at, of these files and variables."""
    given = reading(config, **environ)
    return Deployment(given, build(given))


def mailserver(config: Mapping[str, str] | None = None, /, **environ: str) -> Mailserver:
    """The Mailserver of these files and variables."""
    return build(reading(config, **environ))


def refused(config: Mapping[str, str] | None = None, /, **environ: str) -> list[str]:
    """What the operator reads of these files and variables, warnings too."""
    try:
        return told(mailserver(config, **environ).warnings)
    except ConfigurationError as error:
        return told(error.problems)
