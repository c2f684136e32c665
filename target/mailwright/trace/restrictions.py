"""What Postfix's lists of restrictions say to a mail, word by word, in the order of their evaluation (postconf(5))."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address, ip_network

from mailwright.services.postfix.relaying import Smtpd
from mailwright.trace import replies
from mailwright.trace.configuration import Configuration, Kind
from mailwright.trace.mail import Mail, Says, Step
from mailwright.trace.tables import PATTERNS, Found, split
from mailwright.trace.world import UnansweredError

# With smtpd_delay_reject all of them are asked at RCPT; the last two at DATA and after the mail.
LISTS = ("client", "helo", "sender", "relay", "recipient", "data", "end_of_data")
WITH_ARGUMENT = ("check_", "reject_rbl_client", "reject_rhsbl_", "permit_dnswl_client", "permit_rhswl_client", "sleep")
ASKS_DNS = "asks DNS, which a trace does not"
NOT_OURS = "not one of Mailwright's rules"
ROUTING = "@%!"
PERMITTING = ("OK", "PERMIT", "RELAY")


class Restrictions:
    """The lists of one smtpd(8) for one mail."""

    def __init__(self, configuration: Configuration, smtpd: Smtpd, mail: Mail) -> None:
        self.configuration = configuration
        self.smtpd = smtpd
        self.mail = mail

    def steps(self) -> Iterator[Step]:
        """What each rule says, up to the first that refuses."""
        for stage in LISTS:
            for step in self._list(stage):
                yield step
                if step.says is Says.REFUSES:
                    return
                if step.says is Says.PERMITS:
                    break
            if stage == "recipient" and (unknown := self.unlisted()):
                yield unknown
                return

    def _list(self, stage: str) -> Iterator[Step]:
        words = iter(self.smtpd.restrictions(f"smtpd_{stage}_restrictions"))
        for word in words:
            warns = word == "warn_if_reject"
            name = next(words, "") if warns else word
            rule = f"{name} {next(words, '')}" if name.startswith(WITH_ARGUMENT) else name
            try:
                step = self._rule(stage, rule)
            except UnansweredError as error:
                step = Step(stage, rule, Says.NOT_TRACED, note=str(error))
            only_warns = warns and step.says is Says.REFUSES
            yield Step(stage, rule, Says.PASSES, note="it would only warn") if only_warns else step

    def _rule(self, stage: str, rule: str) -> Step:
        name, _, argument = rule.partition(" ")
        if argument and name.startswith("check_") and name.endswith("_access"):
            return self._access(stage, rule, name.removeprefix("check_").removesuffix("_access"), argument)
        if name == "check_policy_service":
            return self._quota(stage, rule, argument)
        known: Mapping[str, Callable[[], str]] = {
            "reject_unauth_destination": self._foreign,
            "defer_unauth_destination": lambda: self._foreign().replace("554 5.", "454 4."),
            "reject_authenticated_sender_login_mismatch": self._mismatch,
            "reject_sender_login_mismatch": self._mismatch,
            "reject_non_fqdn_sender": lambda: self._bare("Sender", self.mail.sender or ""),
            "reject_non_fqdn_recipient": lambda: self._bare("Recipient", self.mail.recipient),
            "reject_unlisted_recipient": lambda: step.reply if (step := self.unlisted()) else "",
            "reject": lambda: f"554 5.7.1 {self._what(stage)}: Access denied",
            "defer": lambda: f"450 4.7.1 {self._what(stage)}: Access denied",
        }
        if name in known:
            reply = known[name]()
            return Step(stage, rule, Says.REFUSES if reply else Says.PASSES, reply)
        return self._permit(stage, rule) or self._unknown(stage, rule)

    def _permit(self, stage: str, rule: str) -> Step | None:
        """The rules that permit by themselves."""
        if rule == "permit" or (rule == "permit_sasl_authenticated" and self.mail.login):
            return Step(stage, rule, Says.PERMITS)
        if rule == "permit_mynetworks" and in_networks(self.smtpd.words("mynetworks"), self.mail.client):
            return Step(stage, rule, Says.PERMITS)
        passing = ("permit_sasl_authenticated", "permit_mynetworks", "permit_auth_destination")
        return Step(stage, rule, Says.PASSES) if rule in passing else None

    def _unknown(self, stage: str, rule: str) -> Step:
        """A rule that depends on what only the conversation or DNS can show, or that a trace does not know."""
        name = rule.partition(" ")[0]
        if name in ("reject_invalid_helo_hostname", "reject_non_fqdn_helo_hostname", "reject_unauth_pipelining"):
            return Step(stage, rule, Says.PASSES, note="if the client speaks SMTP properly")
        if name in ("reject_unknown_sender_domain", "reject_unknown_client_hostname"):
            of_bounce = name == "reject_unknown_sender_domain" and not self.mail.sender
            return Step(stage, rule, Says.PASSES) if of_bounce else Step(stage, rule, Says.NOT_TRACED, note=ASKS_DNS)
        where = self.configuration.overridden.get(f"smtpd_{stage}_restrictions", "")
        return Step(stage, rule, Says.NOT_TRACED, where=where, note=f"your own rule: {NOT_OURS}" if where else NOT_OURS)

    def _access(self, stage: str, rule: str, kind: str, table: str) -> Step:
        """check_KIND_access TABLE (access(5))."""
        keys = {
            "sasl": (self.mail.login,),
            "sender": address_keys(self.mail.sender if self.mail.sender != "" else "<>"),
            "recipient": address_keys(self.mail.recipient),
            "client": client_keys(self.mail.client),
        }.get(kind)
        if keys is None:
            return Step(stage, rule, Says.NOT_TRACED, note=NOT_OURS)
        found = self._first(table, [key for key in keys if key])
        if not found or found.value.strip().upper().split()[0] == "DUNNO":
            return Step(stage, rule, Says.PASSES)
        reply = replies.of_action(found.value, self._what(kind))
        where = found.where or self.configuration.overridden.get(f"smtpd_{stage}_restrictions", "")
        if reply:
            return Step(stage, rule, Says.REFUSES, reply, where)
        permits = found.value.split()[0].upper() in PERMITTING or found.value.strip().isdigit()
        says = Says.PERMITS if permits else Says.NOT_TRACED
        return Step(stage, rule, says, where=where, note=f"it has {found.key}")

    def _first(self, table: str, keys: list[str]) -> Found | None:
        """The answer for the first of ``keys``; a table of patterns is asked for the whole one only."""
        asked = keys[:1] if table.startswith(PATTERNS) else keys
        found = (self.configuration.tables.one(table, key) for key in asked)
        return next((one for one in found if one), None)

    def _quota(self, stage: str, rule: str, service: str) -> Step:
        sockets = self.configuration.mailserver.sockets
        if service != sockets.quota_status.postfix:
            return Step(stage, rule, Says.NOT_TRACED, note=NOT_OURS)
        action = self.configuration.world.policy(str(sockets.quota_status), self.mail.recipient, self.mail.size)
        reply = replies.of_action(action, self._what("recipient"))
        return Step(stage, rule, Says.REFUSES if reply else Says.PASSES, reply, note="Dovecot: is the mailbox full?")

    def _foreign(self) -> str:
        local, _, domain = self.mail.recipient.rpartition("@")
        # user%domain@ours and the like ask for a way through this server (allow_untrusted_routing).
        foreign = self.configuration.kind(domain) is Kind.OTHER or any(char in local for char in ROUTING)
        return replies.RELAY_DENIED.format(recipient=self.mail.recipient) if foreign else ""

    def _mismatch(self) -> str:
        if not self.mail.sender or not self.mail.login:
            return ""
        if self.mail.login.lower() in owners(self.configuration, self.mail.sender):
            return ""
        return replies.NOT_OWNED.format(sender=self.mail.sender, login=self.mail.login)

    def _bare(self, what: str, address: str) -> str:
        domain = address.rpartition("@")[2]
        bare = bool(address) and "." not in domain and not domain.startswith("[")
        return replies.NOT_FQDN.format(address=address, what=what) if bare else ""

    def _what(self, kind: str) -> str:
        form = replies.DENIED.get(kind, replies.DENIED["recipient"])
        mail = self.mail
        names = {"recipient": mail.recipient, "sender": mail.sender or "", "login": mail.login, "helo": "…"}
        return form.format(client=mail.client or "unknown", **names)

    def unlisted(self) -> Step | None:
        """The refusal of a recipient that nobody has (smtpd_reject_unlisted_recipient), after all rules."""
        rule = "smtpd_reject_unlisted_recipient"
        if self.smtpd.value(rule) == "no":
            return None
        kind = self.configuration.kind(self.mail.recipient.rpartition("@")[2])
        maps = {Kind.LOCAL: "local_recipient_maps", Kind.MAILBOXES: "virtual_mailbox_maps"}
        asked = ["recipient_canonical_maps", "virtual_alias_maps", *([maps[kind]] if kind in maps else [])]
        try:
            if kind in (Kind.OTHER, Kind.RELAY) or any(self._listed(name) for name in asked):
                return None
        except UnansweredError as error:
            return Step("recipient", rule, Says.NOT_TRACED, note=str(error))
        table = {Kind.LOCAL: "local recipient"}.get(kind, kind.value)
        reply = replies.UNKNOWN.format(recipient=self.mail.recipient, table=table)
        return Step("recipient", rule, Says.REFUSES, reply)

    def _listed(self, parameter: str) -> bool:
        return self.configuration.address(parameter, self.mail.recipient)[0] is not None


def owners(configuration: Configuration, sender: str) -> list[str]:
    """The logins that own ``sender`` (smtpd_sender_login_maps)."""
    found, _ = configuration.address("smtpd_sender_login_maps", sender)
    return [login.lower() for login in found.value.replace(",", " ").split()] if found else []


def address_keys(address: str | None) -> tuple[str, ...]:
    """The keys under which access(5) looks an address up; None has none."""
    if not address or "@" not in address:
        return (address,) if address else ()
    local, _, domain = address.rpartition("@")
    base, extension = split(local)
    labels = domain.split(".")
    domains = [".".join(labels[number:]) for number in range(len(labels))]
    keys = [address, f"{base}@{domain}" if extension else "", *domains, f"{local}@", f"{base}@" if extension else ""]
    return tuple(key for key in keys if key)


def client_keys(client: str) -> tuple[str, ...]:
    """The keys under which access(5) looks a client's address up."""
    parts = client.split(".") if "." in client else []
    return tuple(".".join(parts[:number]) for number in range(len(parts), 0, -1)) or ((client,) if client else ())


def in_networks(words: list[str], client: str) -> bool:
    """Whether the client's address is in a list such as mynetworks: the first word that has it counts."""
    if not client:
        return False
    address = ip_address(client)
    for word in words:
        try:
            network = ip_network(word.lstrip("!").replace("[", "").replace("]", ""), strict=False)
        except ValueError:
            continue
        if address.version == network.version and address in network:
            return not word.startswith("!")
    return False
