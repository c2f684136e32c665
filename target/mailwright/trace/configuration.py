"""The rendered configuration of Postfix as a trace reads it: parameters, services, and whose a domain is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cached_property

from mailwright.core.textfile import TextFile
from mailwright.core.tree import Tree
from mailwright.formats import main_cf
from mailwright.model.mailserver import Mailserver
from mailwright.model.overrides import MAIN
from mailwright.services.postfix.relaying import Smtpd, smtpds
from mailwright.trace.tables import Found, Tables
from mailwright.trace.world import World

# Defaults of postconf(5) for what main.cf does not set.
DEFAULTS = {
    "default_transport": "smtp",
    "local_recipient_maps": "$alias_maps",
    "myorigin": "$myhostname",
    "virtual_alias_domains": "$virtual_alias_maps",
}
PORT_25, LOGINS = "smtpd/pass", ("submission/inet", "submissions/inet")


class Kind(StrEnum):
    """Whose a domain is (ADDRESS_CLASS_README)."""

    LOCAL = "local"
    ALIASES = "virtual alias"
    MAILBOXES = "virtual mailbox"
    RELAY = "relay"
    OTHER = "another server's"


class Configuration:
    """One rendered configuration. ``origin`` says where a variable is set."""

    def __init__(self, tree: Tree, mailserver: Mailserver, world: World, origin: Callable[[str], str]) -> None:
        self.mailserver = mailserver
        self.origin = origin
        self.world = world
        self.tables = Tables(tree, mailserver, world)
        main = tree["postfix/main.cf"].content
        stated, _ = main_cf.parameters(TextFile("main.cf", main))
        parameters = DEFAULTS | {parameter.name: parameter.value for parameter in stated}
        self.main = Smtpd("main", "cf", parameters)
        self.services: Mapping[str, Smtpd] = {
            f"{smtpd.service}/{smtpd.type}": Smtpd(smtpd.service, smtpd.type, {**DEFAULTS, **smtpd.parameters})
            for smtpd in smtpds(main, tree["postfix/master.cf"].content)
        }

    @cached_property
    def overridden(self) -> Mapping[str, str]:
        """Parameter of main.cf → the operator's line that sets it."""
        return {each.name: f"{MAIN}:{each.line}" for each in self.mailserver.overrides.main}

    def address(self, name: str, address: str) -> tuple[Found | None, str]:
        """What the tables of the parameter ``name`` have for the address."""
        local = self.kind(address.rpartition("@")[2]) is Kind.LOCAL
        return self.tables.address(listed(self.main.value(name)), address, local=local)

    def kind(self, domain: str) -> Kind:
        """Whose ``domain`` is, in the order in which Postfix asks."""
        name = domain.lower()
        for kind, parameter in (
            (Kind.LOCAL, "mydestination"),
            (Kind.ALIASES, "virtual_alias_domains"),
            (Kind.MAILBOXES, "virtual_mailbox_domains"),
            (Kind.RELAY, "relay_domains"),
        ):
            words = listed(self.main.value(parameter))
            if any(self.tables.one(word, name) if ":" in word else word.lower() == name for word in words):
                return kind
        return Kind.OTHER


def listed(value: str) -> list[str]:
    """The words of a list of tables; what stands in braces belongs to its word."""
    found, depth = [""], 0
    for char in value:
        depth += (char == "{") - (char == "}")
        if depth or not (char.isspace() or char == ","):
            found[-1] += char
        elif found[-1]:
            found.append("")
    return [word for word in found if word]
