"""Every metric that the server has: its name, kind, meaning and labels. The reference page is made of this list.

No label holds an address, a name or a text that a stranger chooses: their number would have no limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailwright.formats.mail_log import REASONS

PREFIX = "mailwright_"
TARGETS = ("mailbox", "server", "other")
ORIGINS = ("received", "submitted", "sieve", "local")
REFUSALS = (*(name for name, _ in REASONS), "filter", "other", "other, for now")
LOGIN_SERVICES = ("imap", "pop3", "managesieve")
AUTH_SERVICES = (*LOGIN_SERVICES, "submission", "submissions", "smtp", "other")
SESSION_SERVICES = ("imap", "pop3", "sieve")  # as doveadm who names them
STATES = ("incoming", "active", "deferred", "hold", "maildrop", "corrupt")
ACTIONS = ("reject", "soft reject", "rewrite subject", "add header", "greylist", "no action")
DELAYS = (0.5, 1.0, 5.0, 30.0, 60.0, 300.0, 1800.0, 3600.0, 21600.0, 86400.0)  # seconds
QUANTILES = (0.5, 0.9, 1.0)
SOURCES = ("configuration", "certificates", "services", "log", "queue", "sessions", "connections", "filter", "volumes")


@dataclass(frozen=True, slots=True)
class Family:
    """A metric. ``labels`` is label → its values, or a text that says where they come from.

    ``name`` is without the prefix and without ``_total``, which the samples of a counter have.
    """

    name: str
    kind: str  # counter, gauge or histogram
    meaning: str
    labels: Mapping[str, tuple[str, ...] | str] = field(default_factory=dict)
    unit: str = ""
    counted: bool = False  # its samples are counted from the log

    @property
    def full_name(self) -> str:
        """The family's name in the exposition."""
        return f"{PREFIX}{self.name}"

    @property
    def sample_names(self) -> tuple[str, ...]:
        """The names that a query uses."""
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}.get(self.kind, ("",))
        return tuple(f"{self.full_name}{ending}" for ending in endings)


def _counted(name: str, meaning: str, label: str = "", values: tuple[str, ...] = (), unit: str = "") -> Family:
    return Family(name, "counter", meaning, {label: values} if label else {}, unit, counted=True)


def _gauge(name: str, meaning: str, unit: str = "", /, **labels: tuple[str, ...] | str) -> Family:
    return Family(name, "gauge", meaning, labels, unit)


ORDERED = "the first name of a certificate, as in `setup acme status`"
_SHARES = tuple(f"{share:g}" for share in QUANTILES)

FAMILIES: tuple[Family, ...] = (
    _gauge("build_info", "Always 1; the label says which version runs.", version="Mailwright's version"),
    _gauge("source_up", "1 if the numbers of a source could be read at this scrape.", source=SOURCES),
    _gauge("collect_seconds", "How long it took to collect these numbers.", "seconds"),
    _gauge("log_unread_bytes", "Bytes of mail.log that are not counted yet; later scrapes do.", "bytes"),
    # The configuration.
    _gauge("configuration_ok", "1 if the running configuration is what the files say, 0 if the last pass was refused."),
    _gauge("configuration_problems", "Problems that keep a newer configuration away."),
    _gauge("configuration_warnings", "Warnings of the last pass."),
    _gauge("configuration_generation", "Number of the running configuration, counted from the start."),
    _gauge(
        "configuration_applied_timestamp_seconds", "When the running configuration came, in Unix time.", "seconds"
    ),
    _gauge("accounts", "Accounts. Not known if they are in a directory or a database."),
    _gauge("aliases", "Aliases. Not known if they are in a directory or a database."),
    _gauge("domains", "Domains of these accounts and aliases."),
    _gauge(
        "certificate_expiry_timestamp_seconds", "When a certificate in use ends, in Unix time.", "seconds",
        name="the host name, or the further name that it is for", use="main or fallback",
    ),
    _gauge(
        "certificate_self_signed", "1 if a certificate in use is self-signed.",
        name="the host name, or the further name that it is for", use="main or fallback",
    ),
    # With SSL_TYPE=acme.
    _gauge(
        "acme_failures", "Tries in a row without a certificate from the CA; 0 if nothing failed. With SSL_TYPE=acme.",
        name=ORDERED,
    ),
    _gauge(
        "acme_next_try_timestamp_seconds", "When it is tried again, or looked at, in Unix time. With SSL_TYPE=acme.",
        "seconds", name=ORDERED,
    ),
    _gauge(
        "acme_issued_timestamp_seconds",
        "When the CA issued the last certificate, in Unix time; left out if there is none. With SSL_TYPE=acme.",
        "seconds", name=ORDERED,
    ),
    # What runs.
    _gauge("service_up", "1 if a service runs.", service="the name in `setup status`"),
    _gauge(
        "service_start_timestamp_seconds", "When a service started, in Unix time.", "seconds",
        service="the name in `setup status`",
    ),
    _gauge("volume_size_bytes", "Size of a volume's file system.", "bytes", volume=("mail", "state", "log")),
    _gauge("volume_free_bytes", "Bytes that are free on it.", "bytes", volume=("mail", "state", "log")),
    _gauge("volume_inodes", "Inodes of it; left out if it does not count them.", volume=("mail", "state", "log")),
    _gauge("volume_inodes_free", "Inodes that are free on it.", volume=("mail", "state", "log")),
    # Mail.
    _counted(
        "mails_received", "Mails that entered the queue: from other servers (received), of users (submitted), of Sieve "
        "scripts, made on this server.", "origin", ORIGINS,
    ),
    _counted("received_bytes", "Bytes of these mails.", unit="bytes"),
    _counted("deliveries", "Deliveries that succeeded, one for each recipient.", "target", TARGETS),
    _counted("deferrals", "Deliveries that were put off; each try counts.", "target", TARGETS),
    _counted("bounces", "Deliveries that failed for good.", "target", TARGETS),
    _counted("expired", "Mails that were returned since their time in the queue was over."),
    _counted("junk", "Deliveries to the folder Junk."),
    Family(
        "delivery_seconds", "histogram", "From a mail's arrival to its delivery.",
        unit="seconds", counted=True,
    ),
    _counted("refused", "Mails, recipients and clients that were refused.", "reason", REFUSALS),
    _counted("early_talkers", "Clients that spoke before it was their turn."),
    _gauge("queue_mails", "Mails in the queue.", state=STATES),
    _gauge(
        "queue_age_seconds", "How old the mails of a state are: half of them, 90 % of them, all of them at most.",
        "seconds", state=STATES, share=_SHARES,
    ),
    # Users.
    _counted("logins", "Logins to mailboxes.", "service", LOGIN_SERVICES),
    _counted("auth_failures", "Logins that were refused.", "service", AUTH_SERVICES),
    _counted("bans", "Addresses that fail2ban has banned."),
    _gauge("sessions", "Sessions of users who are logged in.", service=SESSION_SERVICES),
    _gauge("connections", "Open TCP connections, with or without a login.", port="the name in `setup ports`"),
    # The filter.
    Family("filter_actions", "counter", "What Rspamd did with mails.", {"action": ACTIONS}),
    Family("filter_learned", "counter", "Mails that Rspamd learned from."),
    _gauge(
        "filter_scan_seconds", "How long Rspamd took for its last 31 mails: for half of them, 90 % of them, all of "
        "them at most.", "seconds", share=_SHARES,
    ),
    _counted("log_errors", "Warnings and errors in the log.", "program", ("postfix", "dovecot", "fail2ban", "clamav")),
)  # fmt: skip
BY_NAME: Mapping[str, Family] = {family.name: family for family in FAMILIES}
