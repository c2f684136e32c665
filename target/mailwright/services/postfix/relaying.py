"""No open relay, whatever Postfix reads: for each smtpd, a list stops strangers who send elsewhere (postconf(5))."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile
from mailwright.formats import main_cf, master_cf
from mailwright.formats.lookup_tables import tables
from mailwright.model import operator_networks
from mailwright.model.mailserver import Mailserver
from mailwright.model.operator_networks import MYNETWORKS, REFERENCE, excluded, words
from mailwright.model.overrides import MAIN

RELAY, RECIPIENT = "smtpd_relay_restrictions", "smtpd_recipient_restrictions"
LISTS = (RELAY, RECIPIENT, "smtpd_client_restrictions", "smtpd_helo_restrictions", "smtpd_sender_restrictions")
DOMAINS = ("relay_domains", "mydestination", "virtual_mailbox_domains", "virtual_alias_domains")
STOP = ("reject", "defer", "reject_unauth_destination", "defer_unauth_destination", "defer_if_permit")
PERMIT = ("permit", "permit_naked_ip_address", "permit_tls_all_clientcerts", "static:ok", "static:permit")
OPTION = re.compile(r"\s+-o\s+(?:\{\s*)?(?P<name>\w+)\s*=\s*(?P<value>.*?)\s*\}?")
SMTPD = re.compile(r"(?P<service>\S+)\s+(?P<type>\S+)\s.*\ssmtpd\s*")
# What a table of check_*_access is asked about strangers (access(5)), by a word in the name of the restriction.
DOMAIN = "stranger.invalid"
KEYS = {
    "client": ("192.0.2.1", "unknown"),
    "helo": (DOMAIN,),
    "sender": ("<>", DOMAIN, f"someone@{DOMAIN}"),
    "recipient": (DOMAIN, f"someone@{DOMAIN}"),
}
MX_BACKUP = "permit_mx_backup"
DEPTH = 20
DOLLAR = "\0"  # in no parameter

Answers = Mapping[tuple[str, str], str]  # what a table answers for a key


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
                yield word if "/" in word else word.lower()

    def words(self, name: str) -> list[str]:
        """The words of the parameter ``name`` with $name expanded."""
        return words(self.value(name))

    def value(self, name: str) -> str:
        """The parameter ``name`` with $name expanded; $$ is a $."""
        value = self.parameters.get(name, "").replace("$$", DOLLAR)
        for _ in range(DEPTH):
            value = REFERENCE.sub(lambda match: self.parameters.get(match[1], "").replace("$$", DOLLAR), value)
        return value.replace(DOLLAR, "$")


def open_relays(mailserver: Mailserver, configuration: str) -> Iterator[Problem]:
    """A Problem for each smtpd that is an open relay, or would not start, with what postfix-configuration printed."""
    main, master, rows = (*configuration.split("\f\n"), "", "")[:3]
    answers = {(table, key): answer for table, key, answer in (row.split("\t", 2) for row in rows.splitlines())}
    for smtpd in smtpds(main, master):
        yield from _problems(mailserver, smtpd, master, answers)


def _problems(mailserver: Mailserver, smtpd: Smtpd, master: str, answers: Answers) -> Iterator[Problem]:
    if any(_is_of_all(word, answers) for name in DOMAINS for word in smtpd.words(name)):
        what = "takes mail for every domain"
        yield Problem(_where(mailserver, smtpd, master, DOMAINS), f"{smtpd} {what}")
    elif not {*smtpd.restrictions(RELAY), *smtpd.restrictions(RECIPIENT)} & {*STOP}:
        what = f"{smtpd} would not answer: nothing in {RELAY} or {RECIPIENT} refuses strangers"
        hint = f"end {RELAY} with reject_unauth_destination"
        yield Problem(_where(mailserver, smtpd, master, LISTS), what, hint)
    elif not any(stops(smtpd.restrictions(name), answers) for name in LISTS):
        what = f"{smtpd} would let strangers send to other servers"
        hint = f"{RELAY} needs reject_unauth_destination, with no permit or table that permits all before it"
        yield Problem(_where(mailserver, smtpd, master, LISTS), what, hint)
    elif not smtpd.words(f"{MX_BACKUP}_networks") and not any(
        stops(smtpd.restrictions(name), answers, (*PERMIT, MX_BACKUP)) for name in LISTS
    ):
        what = f"{smtpd} lets strangers send to any domain whose MX they point to this server"
        hint = f"set {MX_BACKUP}_networks"
        yield Problem(_where(mailserver, smtpd, master, LISTS), what, hint, warning=True)
    yield from _networks(mailserver, smtpd, master, answers)


def _networks(mailserver: Mailserver, smtpd: Smtpd, master: str, answers: Answers) -> Iterator[Problem]:
    """The Problems with mynetworks: its clients send without a login."""
    where, value = _where(mailserver, smtpd, master, (MYNETWORKS,)), " ".join(smtpd.words(MYNETWORKS))
    yield from operator_networks.problems(value, where, ())
    if any((str(table), KEYS["client"][0]) in answers for table in tables(value)):
        yield Problem(where, f"{MYNETWORKS} of {smtpd} has a table that lets strangers send")
    if gateways := excluded(value, mailserver.gateways):
        what = f"{MYNETWORKS} of {smtpd} would let anybody send who comes through {', '.join(gateways)}"
        yield Problem(where, what, f"set it in {MAIN}, or exclude them with !")


def _is_of_all(word: str, answers: Answers) -> bool:
    """Whether ``word`` of a list of domains is a table that has all of them."""
    return word.startswith("static:") or any((str(table), DOMAIN) in answers for table in tables(word))


def stops(restrictions: Iterable[str], answers: Answers | None = None, permit: Sequence[str] = PERMIT) -> bool:
    """Whether a stranger's mail to another server does not pass ``restrictions``, as their tables have ``answers``."""
    only_warns, keys = False, tuple[str, ...]()
    for word in restrictions:
        if word.startswith("check_"):
            keys = next((keys for kind, keys in KEYS.items() if kind in word), ())
        elif word in permit or _permits(word, keys, answers or {}):
            return False
        elif word in STOP and not only_warns:
            return True
        only_warns = word == "warn_if_reject"
    return False


def _permits(word: str, keys: Iterable[str], answers: Answers) -> bool:
    """Whether a table in ``word`` permits strangers, who have one of ``keys``; a number means OK (access(5))."""
    given = (answers.get((str(table), key), "").lower() for table in tables(word) for key in keys)
    return any(answer.isdigit() or (answer.split() or [""])[0].rstrip(",") in ("ok", *PERMIT) for answer in given)


def smtpds(main: str, master: str) -> Iterator[Smtpd]:
    """Each smtpd(8) of ``master``.cf, its options over the parameters of ``main``.cf."""
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
    return next(iter(blamed), "postfix")
