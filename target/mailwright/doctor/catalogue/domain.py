"""Findings about the records of a mail domain."""

from __future__ import annotations

from mailwright.doctor import Diagnosis

MX_MISSING = Diagnosis("mx-missing", "domain {domain}", "finding", "the MX record is missing", "publish: {line}")
MX_NULL = Diagnosis(
    "mx-null",
    "domain {domain}",
    "finding",
    "the MX record is `.`: the domain accepts no mail (RFC 7505)",
    "publish: {line}",
)
MX_ELSEWHERE = Diagnosis(
    "mx-elsewhere",
    "domain {domain}",
    "finding",
    "the MX record names {hosts}, not this server",
    "publish: {line}",
)
MX_ALIAS = Diagnosis(
    "mx-alias",
    "domain {domain}",
    "finding",
    "the MX record names {host}, which is an alias (CNAME); some servers refuse this (RFC 2181, section 10.3)",
    "publish: {line}",
)
MX_SECOND = Diagnosis(
    "mx-second",
    "domain {domain}",
    "note",
    "mail goes to {hosts} first, and to this server only if that fails",
    "correct for a backup server; otherwise publish: {line}",
)
SPF_MISSING = Diagnosis("spf-missing", "domain {domain}", "finding", "the SPF record is missing", "publish: {line}")
SPF_SEVERAL = Diagnosis(
    "spf-several",
    "domain {domain}",
    "finding",
    "there are {count} SPF records; receivers treat this as an error",
    "keep one SPF record and delete the others",
)
SPF_BROKEN = Diagnosis(
    "spf-broken",
    "domain {domain}",
    "finding",
    "the SPF record is invalid: {what}",
    "correct it, or publish: {line}",
)
SPF_EVERYBODY = Diagnosis(
    "spf-everybody",
    "domain {domain}",
    "finding",
    "the SPF record allows every server to send (+all)",
    "end the record with -all",
)
SPF_NOT_US = Diagnosis(
    "spf-not-us",
    "domain {domain}",
    "finding",
    "the SPF result for this server's address {address} is {result}",
    "add mx or a:{hostname} to the record, or publish: {line}",
)
SPF_OPEN = Diagnosis(
    "spf-open",
    "domain {domain}",
    "note",
    "the SPF record has no rule for mail from other servers",
    "end the record with -all (or ~all)",
)
SPF_UNASKED = Diagnosis("spf-unasked", "domain {domain}", "not asked", "SPF was not checked: {reason}")
DKIM_NONE = Diagnosis(
    "dkim-none",
    "domain {domain}",
    "note",
    "there is no DKIM key in the config folder: mail of this domain is not signed",
    "run `setup config dkim` and publish the record that it prints",
)
DKIM_UNREADABLE = Diagnosis(
    "dkim-unreadable",
    "configuration",
    "finding",
    "{where}: {what}",
    "replace it with a private key in PEM form",
)
DKIM_MISSING = Diagnosis(
    "dkim-missing",
    "domain {domain}",
    "finding",
    "the DKIM record for the selector {selector} is missing",
    "publish: {line}",
)
DKIM_DIFFERS = Diagnosis(
    "dkim-differs",
    "domain {domain}",
    "finding",
    "the DKIM record for the selector {selector} does not match the key {where}",
    "publish: {line}",
)
DKIM_REVOKED = Diagnosis(
    "dkim-revoked",
    "domain {domain}",
    "finding",
    "the DKIM record for the selector {selector} revokes the key (p= is empty)",
    "publish: {line}",
)
DKIM_TESTING = Diagnosis(
    "dkim-testing",
    "domain {domain}",
    "note",
    "the DKIM record for the selector {selector} has the test flag (t=y): receivers ignore the signature",
    "publish: {line}",
)
DMARC_MISSING = Diagnosis(
    "dmarc-missing",
    "domain {domain}",
    "finding",
    "the DMARC record is missing",
    "start with p=none, and change it to p=quarantine when the reports show that all your mail passes; publish: {line}",
)
DMARC_SEVERAL = Diagnosis(
    "dmarc-several",
    "domain {domain}",
    "finding",
    "there are {count} DMARC records; receivers ignore all of them",
    "keep one DMARC record and delete the others",
)
DMARC_BROKEN = Diagnosis(
    "dmarc-broken",
    "domain {domain}",
    "finding",
    "the DMARC record is invalid: {what}",
    "correct it, or publish: {line}",
)
DMARC_NONE = Diagnosis(
    "dmarc-none",
    "domain {domain}",
    "note",
    "the DMARC policy is p=none: receivers report forged mail, but deliver it",
    "when the reports show that all your mail passes, change it to p=quarantine, later to p=reject",
)
DMARC_UNREPORTED = Diagnosis(
    "dmarc-unreported",
    "domain {domain}",
    "note",
    "the DMARC record has no rua= address: you get no reports",
    "add rua=mailto:postmaster@{domain}",
)
DMARC_UNWANTED = Diagnosis(
    "dmarc-unwanted",
    "domain {domain}",
    "note",
    "the DMARC reports go to {other}, but {other} does not accept reports for {domain}",
    'publish in the zone of {other}: {domain}._report._dmarc.{other}. 3600 IN TXT "v=DMARC1"',
)
STS_MISSING = Diagnosis(
    "mta-sts-missing",
    "domain {domain}",
    "note",
    "there is no MTA-STS record: other servers may send mail without TLS",
    "`setup dns {domain}` shows what to publish",
)
STS_BROKEN = Diagnosis(
    "mta-sts-broken",
    "domain {domain}",
    "finding",
    "the MTA-STS record is invalid: {what}",
    "correct it, or publish: {line}",
)
STS_NO_HOST = Diagnosis(
    "mta-sts-no-host",
    "domain {domain}",
    "finding",
    "there is an MTA-STS record, but mta-sts.{domain} has no address: other servers cannot fetch the policy",
    "publish an address for mta-sts.{domain}, and serve https://mta-sts.{domain}/.well-known/mta-sts.txt "
    "(`setup dns --mta-sts-policy` prints it)",
)
STS_UNTRUSTED = Diagnosis(
    "mta-sts-untrusted",
    "domain {domain}",
    "finding",
    "there is an MTA-STS record, but this server's certificate is self-signed: servers that enforce "
    "MTA-STS cannot deliver mail here",
    "get a certificate from a CA (see the page on TLS), or delete the record",
)
STS_UNFETCHED = Diagnosis(
    "mta-sts-unfetched",
    "domain {domain}",
    "not asked",
    "the MTA-STS policy could not be fetched from here: {reason}",
    "fetch https://mta-sts.{domain}/.well-known/mta-sts.txt elsewhere; `setup dns --mta-sts-policy` prints its text",
)
STS_WRONG = Diagnosis(
    "mta-sts-wrong",
    "domain {domain}",
    "finding",
    "https://mta-sts.{domain}/.well-known/mta-sts.txt {what}",
    "`setup dns --mta-sts-policy` prints what it must say; ENABLE_WEB=1 serves it, with a certificate for the name",
)
STS_STALE = Diagnosis(
    "mta-sts-stale",
    "domain {domain}",
    "finding",
    "the MTA-STS policy has changed, but the id in the record has not: other servers keep the old policy",
    "publish: {line}",
)
STS_FOREIGN_MX = Diagnosis(
    "mta-sts-foreign-mx",
    "domain {domain}",
    "finding",
    "{host} is an MX of the domain, but the MTA-STS policy does not name it: no mail that enforces it goes there",
    "set MTA_STS_POLICY_MX={host}, or delete the MX record",
)
TLSRPT_MISSING = Diagnosis(
    "tlsrpt-missing",
    "domain {domain}",
    "note",
    "there is no TLSRPT record: you get no reports on TLS",
    "publish: {line}",
)
TLSRPT_BROKEN = Diagnosis(
    "tlsrpt-broken",
    "domain {domain}",
    "finding",
    "the TLSRPT record is invalid: {what}",
    "publish: {line}",
)
SRV_MISSING = Diagnosis(
    "srv-missing",
    "domain {domain}",
    "note",
    "the {service} record is missing: mail programs have to guess the server",
    "publish: {line}",
)
SRV_ELSEWHERE = Diagnosis(
    "srv-elsewhere",
    "domain {domain}",
    "note",
    "the {service} record does not name this server and port",
    "publish: {line}",
)
SRV_CLOSED = Diagnosis(
    "srv-closed",
    "domain {domain}",
    "finding",
    "the {service} record sends mail programs to a port of this server that is off",
    "set {switch}=1, or publish: {line}",
)
SRV_UNSAID = Diagnosis(
    "srv-not-offered-missing",
    "domain {domain}",
    "note",
    "the {service} record is missing: mail programs try a service that this server does not offer",
    "publish: {line}",
)
WEB_NAME_MISSING = Diagnosis(
    "web-name-missing",
    "domain {domain}",
    "note",
    "{name} has no address: {clients}",
    "publish: {line}",
)
WEB_NAME_ELSEWHERE = Diagnosis(
    "web-name-elsewhere",
    "domain {domain}",
    "note",
    "{name} has the address {addresses}, which is not this server's",
    "publish: {line}; or leave it if another web server hands these requests on to {hostname}",
)
WEB_NAME_UNCOVERED = Diagnosis(
    "web-name-certificate",
    "domain {domain}",
    "finding",
    "no certificate of this server is valid for {name}, which leads here: {clients}",
    "get a certificate that is valid for {name} too, or one of its own (SSL_SNI_DOMAINS); with SSL_TYPE=acme the "
    "server orders it itself: `setup acme renew`, `setup acme status`",
)
DOMAIN_UNASKED = Diagnosis("domain-unasked", "domain {domain}", "not asked", "{question}: {reason}")
DOMAINS_UNASKED = Diagnosis(
    "domains-unasked",
    "domains",
    "not asked",
    "{count}: {reason}",
    "`setup doctor DOMAIN` checks one domain",
)
DOMAINS_UNLISTED = Diagnosis(
    "domains-unlisted",
    "domains",
    "not asked",
    "mail domains that have no account may be missing here: {reason}",
    "`setup doctor DOMAIN` checks one domain",
)
DNS_UNASKED = Diagnosis(
    "dns-unasked",
    "domains",
    "not asked",
    "host name, block lists and mail domains were not checked: {reason}",
)
