"""What can be wrong with the host name, its addresses and the resolver."""

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
    "publish an A record (and AAAA) with the public address",
)
HOST_ALIAS = Diagnosis(
    "host-alias",
    "host name",
    "finding",
    "{hostname} is an alias (CNAME) of {target}, which no MX may name",
    "publish A and AAAA records for {hostname} itself",
)
PRIVATE = Diagnosis(
    "host-private",
    "host name",
    "note",
    "{address} is a private address: servers on the internet can't reach it",
    "publish the public address, unless all mail comes from inside",
)
REVERSE_MISSING = Diagnosis(
    "reverse-missing",
    "host name",
    "finding",
    "{address} has no reverse DNS: many servers refuse its mail",
    "let the provider of the address set its PTR record to {hostname}",
)
REVERSE_OTHER = Diagnosis(
    "reverse-other",
    "host name",
    "finding",
    "reverse DNS of {address} says {names}, not {hostname}",
    "let the provider of the address set its PTR record to {hostname}",
)
REVERSE_UNASKED = Diagnosis(
    "reverse-unasked", "host name", "not asked", "reverse DNS and block lists of {address}: it is private"
)
HOST_UNASKED = Diagnosis("host-unasked", "host name", "not asked", "{question}: {reason}")
TLSA_WRONG = Diagnosis(
    "tlsa-wrong",
    "host name",
    "finding",
    "no TLSA record of {hostname} fits its certificate: servers that ask for it hold their mail back",
    "publish: {line}",
)
TLSA_WITHOUT_TLS = Diagnosis(
    "tlsa-without-tls",
    "host name",
    "finding",
    "{hostname} has a TLSA record, but port 25 offers no TLS: servers that ask for it hold their mail back",
    "set SSL_TYPE (see the page on TLS), or take the record away",
)
TLSA_MISSING = Diagnosis(
    "tlsa-missing",
    "host name",
    "note",
    "{hostname} has no TLSA record (DANE): others may send without TLS",
    "where its zone is signed, publish: {line}",
)

LISTED = Diagnosis(
    "listed", "block lists", "finding", "{address} is listed at {zone} ({codes})", "{page} says why, and how to get off"
)
POLICY_LISTED = Diagnosis(
    "listed-by-policy",
    "block lists",
    "finding",
    "{address} lies in a range that is not to send mail by itself ({zone}, {codes})",
    "send through a relay host, or let the provider of the address, or {page}, take it off",
)
LIST_REFUSES = Diagnosis(
    "list-refuses",
    "block lists",
    "not asked",
    "{zone} refuses this resolver ({codes}): {reason}",
    "use a resolver of your own, not a public one or the provider's",
)
LIST_SILENT = Diagnosis(
    "list-silent",
    "block lists",
    "not asked",
    "{zone} does not give its test entry through this resolver, so it would not tell of {address} either",
    "use a resolver of your own, not a public one or the provider's",
)
LIST_UNASKED = Diagnosis("list-unasked", "block lists", "not asked", "{zone}: {reason}")

NO_RESOLVER = Diagnosis(
    "resolver-dead",
    "resolver",
    "finding",
    "no DNS: {reason}; no mail can leave",
    "give the container a resolver that works (`dns:` in compose.yaml)",
)
INWARD = Diagnosis(
    "resolver-inward",
    "resolver",
    "finding",
    "the resolver does not know the internet (it has no root servers): no mail can leave",
    "give the container a resolver that asks the internet (`dns:` in compose.yaml)",
)
SLOW = Diagnosis(
    "resolver-slow",
    "resolver",
    "note",
    "the resolver took {seconds:.1f} s for an answer: each mail waits for several",
    "run a resolver of your own beside the mail server",
)
PUBLIC = Diagnosis(
    "resolver-public",
    "resolver",
    "note",
    "{servers} answers for the whole world: block lists refuse it",
    "run a resolver of your own beside the mail server",
)
UNVALIDATED = Diagnosis(
    "resolver-unvalidated",
    "resolver",
    "finding",
    "ENABLE_DANE=1, but the resolver vouches for no signature: no server's certificate is checked",
    "set `dns: 127.0.0.1` in compose.yaml, and let port 53 out",
)
