"""Findings about the host name, its addresses and the resolver."""

from __future__ import annotations

from mailwright.doctor import Diagnosis

UNQUALIFIED = Diagnosis(
    "host-unqualified",
    "host name",
    "finding",
    "the host name {hostname} is not fully qualified",
    "set `hostname: mail.example.com` in compose.yaml, or OVERRIDE_HOSTNAME",
)
NO_ADDRESS = Diagnosis(
    "host-no-address",
    "host name",
    "finding",
    "{hostname} has no address in DNS",
    "publish an A record (for IPv6 also AAAA) with the public address",
)
HOST_ALIAS = Diagnosis(
    "host-alias",
    "host name",
    "finding",
    "{hostname} is an alias (CNAME) of {target}; an MX record must not name an alias",
    "publish A and AAAA records for {hostname} itself",
)
PRIVATE = Diagnosis(
    "host-private",
    "host name",
    "note",
    "{address} is a private address: servers on the internet cannot reach it",
    "publish the public address, unless all mail comes from the local network",
)
REVERSE_MISSING = Diagnosis(
    "reverse-missing",
    "host name",
    "finding",
    "{address} has no reverse DNS: many servers refuse its mail",
    "ask the provider of the address to set its PTR record to {hostname}",
)
REVERSE_OTHER = Diagnosis(
    "reverse-other",
    "host name",
    "finding",
    "the reverse DNS of {address} is {names}, not {hostname}",
    "ask the provider of the address to set its PTR record to {hostname}",
)
REVERSE_UNASKED = Diagnosis(
    "reverse-unasked",
    "host name",
    "not asked",
    "reverse DNS and block lists of {address} were not checked: it is a private address",
)
HOST_UNASKED = Diagnosis("host-unasked", "host name", "not asked", "{question}: {reason}")
TLSA_WRONG = Diagnosis(
    "tlsa-wrong",
    "host name",
    "finding",
    "no TLSA record of {hostname} matches its certificate: servers that use DANE cannot deliver mail here",
    "publish: {line}",
)
TLSA_WITHOUT_TLS = Diagnosis(
    "tlsa-without-tls",
    "host name",
    "finding",
    "{hostname} has a TLSA record, but port 25 offers no TLS: servers that use DANE cannot deliver mail here",
    "set SSL_TYPE (see the page on TLS), or delete the record",
)
TLSA_MISSING = Diagnosis(
    "tlsa-missing",
    "host name",
    "note",
    "{hostname} has no TLSA record (DANE): other servers may send mail without TLS",
    "if the zone is signed with DNSSEC, publish: {line}",
)

LISTED = Diagnosis(
    "listed",
    "block lists",
    "finding",
    "{address} is on the block list {zone} ({codes})",
    "{page} shows the reason and how to remove the address",
)
POLICY_LISTED = Diagnosis(
    "listed-by-policy",
    "block lists",
    "finding",
    "{address} is in a range that should not send mail directly ({zone}, {codes})",
    "send through a relay host, or ask the provider of the address, or {page}, to remove it from the list",
)
LIST_REFUSES = Diagnosis(
    "list-refuses",
    "block lists",
    "not asked",
    "{zone} refuses this resolver ({codes}): {reason}",
    "use your own resolver, not a public one or the provider's",
)
LIST_SILENT = Diagnosis(
    "list-silent",
    "block lists",
    "not asked",
    "{zone} does not return its test entry through this resolver, so a listing of {address} would not be seen",
    "use your own resolver, not a public one or the provider's",
)
LIST_UNASKED = Diagnosis("list-unasked", "block lists", "not asked", "{zone}: {reason}")

NO_RESOLVER = Diagnosis(
    "resolver-dead",
    "resolver",
    "finding",
    "DNS does not work: {reason}; no mail can be sent",
    "set a resolver that works (`dns:` in compose.yaml)",
)
INWARD = Diagnosis(
    "resolver-inward",
    "resolver",
    "finding",
    "the resolver does not know the root servers of the internet: no mail can be sent",
    "set a resolver that can resolve names on the internet (`dns:` in compose.yaml)",
)
SLOW = Diagnosis(
    "resolver-slow",
    "resolver",
    "note",
    "the resolver took {seconds:.1f} s for one answer; each mail needs several answers",
    "run your own resolver: set ENABLE_DANE=1, and `dns: 127.0.0.1` in compose.yaml",
)
PUBLIC = Diagnosis(
    "resolver-public",
    "resolver",
    "note",
    "the resolver is a public one ({servers}): block lists refuse its questions",
    "run your own resolver: set ENABLE_DANE=1, and `dns: 127.0.0.1` in compose.yaml",
)
UNVALIDATED = Diagnosis(
    "resolver-unvalidated",
    "resolver",
    "finding",
    "ENABLE_DANE=1, but the resolver does not validate DNSSEC: the certificates of other servers are not checked",
    "set `dns: 127.0.0.1` in compose.yaml, and allow outgoing port 53",
)
