"""No override makes an open relay: for each smtpd, a list stops strangers who send to other servers (postconf(5))."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile
from mailwright.formats import main_cf, master_cf
from mailwright.model.mailserver import Mailserver
from mailwright.model.operator_networks import REFERENCE, words
from mailwright.model.overrides import MAIN

RELAY, RECIPIENT = "smtpd_relay_restrictions", "smtpd_recipient_restrictions"
LISTS = (RELAY, RECIPIENT, "smtpd_client_restrictions", "smtpd_helo_restrictions", "smtpd_sender_restrictions")
DOMAINS = ("relay_domains", "mydestination", "virtual_mailbox_domains", "virtual_alias_domains")
STOP = ("reject", "defer", "reject_unauth_destination", "defer_unauth_destination", "defer_if_permit")
PERMIT = ("permit", "permit_naked_ip_address", "permit_tls_all_clientcerts", "static:ok", "static:permit")
OPTION = re.compile(r"\s+-o\s+(?:\{\s*)?(?P<name>\w+)\s*=\s*(?P<value>.*?)\s*\}?")
SMTPD = re.compile(r"(?P<service>\S+)\s+(?P<type>\S+)\s.*\ssmtpd\s*")
DEPTH = 20


@dataclass(frozen=True, slots=True)
class Smtpd:
    """One smtpd(8) of master.cf with its parameters: its own options over those of main.cf."""

    service: str
    type: str
    parameters: Mapping[str, str]

    def __str__(self) -> str:
        port_25 = (self.service, self.type) in (("smtp", "inet"), ("smtpd", "pass"))  # behind postscreen(8)
        return "port 25" if port_25 else f"{self.service}/{self.type}"

    def restrictions(self, name: str, depth: int = DEPTH) -> Iterator[str]:
        """The words of the list ``name``, each class of restrictions as the words that it stands for."""
        classes = self.words("smtpd_restriction_classes")
        for word in self.words(name):
            if word in classes and depth:
                yield from self.restrictions(word, depth - 1)
            else:
                yield word.lower()

    def words(self, name: str) -> list[str]:
        """The words of the parameter ``name`` with $name expanded."""
        value = self.parameters.get(name, "")
        for _ in range(DEPTH):
            value = REFERENCE.sub(lambda match: self.parameters.get(match[1], ""), value)
        return words(value)


def open_relays(mailserver: Mailserver, main: str, master: str) -> Iterator[Problem]:
    """A Problem for each smtpd of ``master`` that the overrides make an open relay, or that would not start."""
    for smtpd in _smtpds(main, master):
        if any(word.startswith("static:") for name in DOMAINS for word in smtpd.words(name)):
            what = "takes mail for every domain"
            yield Problem(_where(mailserver, smtpd, master, DOMAINS), f"{smtpd} {what}")
        elif not {*smtpd.restrictions(RELAY), *smtpd.restrictions(RECIPIENT)} & {*STOP}:
            what = f"{smtpd} would not answer: nothing in {RELAY} or {RECIPIENT} refuses strangers"
            hint = f"end {RELAY} with reject_unauth_destination"
            yield Problem(_where(mailserver, smtpd, master, LISTS), what, hint)
        elif not any(stops(smtpd.restrictions(name)) for name in LISTS):
            what = f"{smtpd} would let strangers send to other servers"
            hint = f"{RELAY} needs reject_unauth_destination, with no permit before it"
            yield Problem(_where(mailserver, smtpd, master, LISTS), what, hint)


def stops(restrictions: Iterable[str]) -> bool:
    """Whether a stranger's mail to another server does not pass ``restrictions``."""
    only_warns = False
    for word in restrictions:
        if word in PERMIT:
            return False
        if word in STOP and not only_warns:
            return True
        only_warns = word == "warn_if_reject"
    return False


def _smtpds(main: str, master: str) -> Iterator[Smtpd]:
    stated, _ = main_cf.parameters(TextFile("main.cf", main))
    common = {parameter.name: parameter.value for parameter in stated}
    found: list[tuple[str, str, dict[str, str]]] = []
    current: dict[str, str] = {}
    for line in master.splitlines():
        if option := OPTION.fullmatch(line):
            current[option["name"]] = option["value"]
        elif line[:1] not in ("", "#", " ", "\t"):
            current = {}
            if service := SMTPD.fullmatch(line):
                found.append((service["service"], service["type"], current))
    return (Smtpd(service, type_, {**common, **options}) for service, type_, options in found)


def _where(mailserver: Mailserver, smtpd: Smtpd, master: str, names: tuple[str, ...]) -> str:
    """The override that is to blame: the service's own, else main.cf's; of the first of ``names`` that has one."""
    overrides = mailserver.overrides
    options = master_cf.behind_postscreen(overrides.master, master)
    own = [each for each in options if (each.service, each.type) == (smtpd.service, smtpd.type)]
    stated = [(each.name, each.where) for each in own]
    stated += [(each.name, f"{MAIN}:{each.line}") for each in overrides.main]
    blamed = [where for name in names for override, where in stated if override.endswith(name)]
    return next(iter(blamed), MAIN)
