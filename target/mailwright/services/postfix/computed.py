"""What Postfix's templates lay out: decisions with security meaning are made here, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mailwright.core import ciphers, sockets
from mailwright.core.sockets import AUTH_RELAY
from mailwright.model import proxies
from mailwright.model.mailserver import Mailserver
from mailwright.model.provisioners.provisioner import PostfixMaps
from mailwright.services.postfix import encryption, postscreen, relay_hosts, tables
from mailwright.services.postfix.encryption import Encryption
from mailwright.services.postfix.relay_hosts import RelayTransport
from mailwright.services.postfix.restrictions import fetched_restrictions, mua_restrictions, smtpd_restrictions
from mailwright.services.postfix.srs import SrsRoute, literal, srs_maps, srs_route


@dataclass(frozen=True, slots=True)
class Postfix:
    """The values of Postfix's templates, named for the parameters of postconf(5) where there is one."""

    submission: bool
    submissions: bool
    believes_headers: bool  # an override has port 25 believe the PROXY header of everybody
    submission_milter: str  # in place of mailwright_milter, or empty
    sieve: bool  # Dovecot's Sieve sends through services of its own
    mydestination: tuple[str, ...]
    maps: PostfixMaps
    alias_maps: str
    virtual_transport: str
    sasl_path: str
    restrictions: Mapping[str, tuple[str, ...]]  # by the name of the list
    dnsbl_sites: tuple[str, ...]
    dnsbl_threshold: int
    client_event_limit_exceptions: tuple[str, ...]
    relayhost: str
    default_transport: str
    sender_maps: tuple[str, ...]  # sender_dependent_default_transport_maps
    relay_transports: tuple[RelayTransport, ...]
    srs: SrsRoute | None
    fetched: str  # the service of master.cf that takes fetched mail, or empty
    encryption: Encryption | None
    backends: str  # the table that leads each address to the node with its mailbox, or empty
    tls_ciphers: str
    tls_groups: tuple[str, ...]
    tls_signatures: tuple[str, ...]


def has_submission(mailserver: Mailserver) -> bool:
    """Whether port 587 is open: switched on, and Dovecot is there to check logins."""
    return mailserver.settings.enable_submission and mailserver.checks_logins


def has_submissions(mailserver: Mailserver) -> bool:
    """Whether port 465 is open: switched on, and Dovecot is there to check logins."""
    return mailserver.settings.enable_submissions and mailserver.checks_logins


def virtual_transport(mailserver: Mailserver) -> str:
    """What delivers to mailboxes. On a front a table names the backend; without one, mail waits (transport(5))."""
    if not mailserver.role.mailboxes:
        return "retry:4.3.0 no backend holds this mailbox yet"
    return mailserver.settings.postfix_dagent or f"lmtp:{mailserver.sockets.lmtp.postfix}"


def computed(mailserver: Mailserver, etc: str) -> Postfix:
    """The values of Postfix's templates, whose tables lie below ``etc``."""
    settings = mailserver.settings
    submission, submissions = has_submission(mailserver), has_submissions(mailserver)
    apart = mailserver.filters_submission_apart and not mailserver.overrides.change_milter
    sieve = not settings.smtp_only  # as for submission: without Dovecot there are no logins
    # A list that no port uses would be an "unused parameter".
    mua = mua_restrictions(mailserver, etc) if sieve else {}
    fetched = fetched_restrictions(mailserver, etc) if mailserver.fetchmail or mailserver.getmail else {}
    default_transport, relayhost = relay_hosts.default(mailserver.relay_hosts)
    return Postfix(
        submission=submission,
        submissions=submissions,
        believes_headers=proxies.believes_headers(mailserver.overrides),
        submission_milter=mailserver.sockets.submission_milter.postfix if apart else "",
        sieve=sieve,
        mydestination=tables.mydestination(mailserver),
        maps=mailserver.provisioner.postfix(etc),
        alias_maps=tables.lmdb("aliases", etc),
        virtual_transport=virtual_transport(mailserver),
        sasl_path=AUTH_RELAY if mailserver.relays_logins else mailserver.sockets.auth.dovecot_sasl,
        restrictions=smtpd_restrictions(mailserver, etc) | mua | fetched,
        dnsbl_sites=postscreen.DNSBL_SITES,
        dnsbl_threshold=postscreen.DNSBL_THRESHOLD,
        client_event_limit_exceptions=postscreen.client_event_limit_exceptions(mailserver),
        relayhost=relayhost,
        default_transport=default_transport,
        sender_maps=(*relay_hosts.sender_maps(mailserver, etc), *srs_maps(mailserver, etc)),
        relay_transports=relay_hosts.transports(mailserver.relay_hosts, etc),
        srs=srs_route(mailserver, etc),
        fetched=f"{literal(mailserver.loopback)}:{sockets.FETCHED}" if fetched else "",
        encryption=encryption.encryption(mailserver, etc),
        backends="" if mailserver.role.mailboxes else mailserver.provisioner.backends(etc),
        tls_ciphers=ciphers.tls_ciphers(settings.tls_level),
        tls_groups=ciphers.GROUPS,
        tls_signatures=ciphers.SIGNATURES,
    )
