"""What can be wrong with the records of a mail domain."""

from __future__ import annotations

from mailwright.doctor import Diagnosis

MX_MISSING = Diagnosis("mx-missing", "domain {domain}", "finding", "has no MX record", "publish: {line}")
MX_NULL = Diagnosis(
    "mx-null", "domain {domain}", "finding", "its MX record says that it takes no mail", "publish: {line}"
)
MX_ELSEWHERE = Diagnosis(
    "mx-elsewhere", "domain {domain}", "finding", "its MX leads to {hosts}, not here", "publish: {line}"
)
MX_ALIAS = Diagnosis(
    "mx-alias",
    "domain {domain}",
    "finding",
    "its MX {host} is an alias (CNAME), which some servers refuse (RFC 2181, section 10.3)",
    "publish: {line}",
)
MX_SECOND = Diagnosis(
    "mx-second",
    "domain {domain}",
    "note",
    "its mail goes to {hosts} first, and here only when that is down",
    "fine for a backup server; else publish: {line}",
)
SPF_MISSING = Diagnosis("spf-missing", "domain {domain}", "finding", "has no SPF record", "publish: {line}")
SPF_SEVERAL = Diagnosis(
    "spf-several", "domain {domain}", "finding", "has {count} SPF records, which count as an error", "publish one only"
)
SPF_BROKEN = Diagnosis(
    "spf-broken", "domain {domain}", "finding", "its SPF record is broken: {what}", "mend it, or publish: {line}"
)
SPF_EVERYBODY = Diagnosis(
    "spf-everybody", "domain {domain}", "finding", "its SPF record lets everybody send (+all)", "end it with -all"
)
SPF_NOT_US = Diagnosis(
    "spf-not-us",
    "domain {domain}",
    "finding",
    "its SPF record says {result} of our address {address}",
    "add mx or a:{hostname} to it, or publish: {line}",
)
SPF_OPEN = Diagnosis(
    "spf-open", "domain {domain}", "note", "its SPF record says nothing of strangers", "end it with -all (or ~all)"
)
SPF_UNASKED = Diagnosis("spf-unasked", "domain {domain}", "not asked", "whether SPF lets us send: {reason}")
DKIM_NONE = Diagnosis(
    "dkim-none",
    "domain {domain}",
    "note",
    "has no DKIM key in the config folder: its mail is not signed",
    "put one into rspamd/dkim/ or opendkim/keys/",
)
DKIM_UNREADABLE = Diagnosis(
    "dkim-unreadable", "configuration", "finding", "{where}: {what}", "put a private key in PEM form there"
)
DKIM_MISSING = Diagnosis(
    "dkim-missing", "domain {domain}", "finding", "has no DKIM record for the selector {selector}", "publish: {line}"
)
DKIM_DIFFERS = Diagnosis(
    "dkim-differs",
    "domain {domain}",
    "finding",
    "its DKIM record for the selector {selector} has another key than {where}",
    "publish: {line}",
)
DKIM_REVOKED = Diagnosis(
    "dkim-revoked",
    "domain {domain}",
    "finding",
    "its DKIM record for the selector {selector} revokes the key (p= is empty)",
    "publish: {line}",
)
DKIM_TESTING = Diagnosis(
    "dkim-testing",
    "domain {domain}",
    "note",
    "its DKIM record for the selector {selector} says that it is a test (t=y)",
    "publish: {line}",
)
DMARC_MISSING = Diagnosis("dmarc-missing", "domain {domain}", "finding", "has no DMARC record", "publish: {line}")
DMARC_SEVERAL = Diagnosis(
    "dmarc-several", "domain {domain}", "finding", "has {count} DMARC records, which count as none", "publish one only"
)
DMARC_BROKEN = Diagnosis(
    "dmarc-broken", "domain {domain}", "finding", "its DMARC record is broken: {what}", "mend it, or publish: {line}"
)
DMARC_NONE = Diagnosis(
    "dmarc-none",
    "domain {domain}",
    "note",
    "its DMARC policy is none: forged mail is only reported",
    "once the reports look well, say p=quarantine or p=reject",
)
DMARC_UNREPORTED = Diagnosis(
    "dmarc-unreported",
    "domain {domain}",
    "note",
    "its DMARC record asks for no reports",
    "add rua=mailto:postmaster@{domain}",
)
DMARC_UNWANTED = Diagnosis(
    "dmarc-unwanted",
    "domain {domain}",
    "note",
    "its DMARC reports go to {other}, which does not say that it wants them",
    'publish: {domain}._report._dmarc.{other}. 3600 IN TXT "v=DMARC1"',
)
STS_MISSING = Diagnosis(
    "mta-sts-missing",
    "domain {domain}",
    "note",
    "has no MTA-STS record: others may send without TLS",
    "`setup dns {domain}` shows what to publish",
)
STS_BROKEN = Diagnosis(
    "mta-sts-broken", "domain {domain}", "finding", "its MTA-STS record is broken: {what}", "such as: {line}"
)
STS_NO_HOST = Diagnosis(
    "mta-sts-no-host",
    "domain {domain}",
    "finding",
    "has an MTA-STS record, but mta-sts.{domain} has no address: its policy can't be fetched",
    "publish an address for it, and serve https://mta-sts.{domain}/.well-known/mta-sts.txt",
)
STS_UNTRUSTED = Diagnosis(
    "mta-sts-untrusted",
    "domain {domain}",
    "finding",
    "has an MTA-STS record, but our certificate is self-signed: servers that enforce it hold their mail back",
    "get a certificate from a CA, or take the record away",
)
STS_UNFETCHED = Diagnosis(
    "mta-sts-unfetched",
    "domain {domain}",
    "not asked",
    "the MTA-STS policy itself: doctor asks DNS only",
    "curl https://mta-sts.{domain}/.well-known/mta-sts.txt must show `mx: {hostname}`",
)
TLSRPT_MISSING = Diagnosis(
    "tlsrpt-missing", "domain {domain}", "note", "asks for no reports on TLS (TLSRPT)", "publish: {line}"
)
TLSRPT_BROKEN = Diagnosis(
    "tlsrpt-broken", "domain {domain}", "finding", "its TLSRPT record is broken: {what}", "publish: {line}"
)
SRV_MISSING = Diagnosis(
    "srv-missing", "domain {domain}", "note", "has no {service} record: mail programs have to guess", "publish: {line}"
)
SRV_ELSEWHERE = Diagnosis(
    "srv-elsewhere", "domain {domain}", "note", "its {service} record does not lead here", "publish: {line}"
)
DOMAIN_UNASKED = Diagnosis("domain-unasked", "domain {domain}", "not asked", "{question}: {reason}")
DOMAINS_UNASKED = Diagnosis(
    "domains-unasked", "domains", "not asked", "{count}: {reason}", "`setup doctor DOMAIN` asks about one"
)
DNS_UNASKED = Diagnosis(
    "dns-unasked", "domains", "not asked", "host name, block lists and the records of the mail domains: {reason}"
)
