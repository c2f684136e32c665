"""Findings about the server itself."""

from __future__ import annotations

from mailwright.doctor import Diagnosis

REFUSED = Diagnosis(
    "configuration-refused",
    "configuration",
    "finding",
    "{where}: {what}",
    "{hint} (until then the running configuration is kept, and a restart fails)",
)
WARNED = Diagnosis("configuration-warning", "configuration", "note", "{where}: {what}", "{hint}")
NOT_LIVE = Diagnosis(
    "configuration-not-live",
    "configuration",
    "finding",
    "not applied: {what}",
    "correct it; the change is then applied automatically",
)
DRIFTED = Diagnosis(
    "configuration-drift",
    "configuration",
    "note",
    "the running configuration differs from what the settings and the config folder give: {paths}",
    "`mailwright diff` shows the differences; a restart removes them, except for edits by user-patches.sh",
)
UNCHECKED = Diagnosis(
    "configuration-unchecked",
    "configuration",
    "not asked",
    "the daemons' own checks did not run: {reason}",
)

STOPPED = Diagnosis("daemon-stopped", "daemons", "finding", "{what}", "see its last messages in `docker compose logs`")
DAEMONS_UNASKED = Diagnosis("daemons-unasked", "daemons", "not asked", "daemons and ports were not checked: {reason}")
AWAY = Diagnosis(
    "elsewhere-away",
    "daemons",
    "finding",
    "{what}",
    "start it; `docker compose logs` shows what it answers. Until then users and other servers are told to try again",
)
SILENT = Diagnosis(
    "port-silent",
    "ports",
    "finding",
    "{what}",
    "see the last messages of its daemon in `docker compose logs`",
)
OPEN_RELAY = Diagnosis(
    "open-relay",
    "ports",
    "finding",
    "port 25 takes mail to other servers from {address}, which is in no network of mynetworks: anybody can send spam",
    "end smtpd_relay_restrictions with reject_unauth_destination, and see what user-patches.sh changes",
)
RELAY_UNASKED = Diagnosis(
    "relay-unasked",
    "ports",
    "not asked",
    "whether port 25 is an open relay was not tried: {reason}",
)
SUBMISSIONS_OFF = Diagnosis(
    "submissions-off",
    "ports",
    "note",
    "port 465 is off; in docker-mailserver, whose variables you use, it is always on",
    "set ENABLE_SUBMISSIONS=1 if mail programs use it, and publish it in compose.yaml; otherwise set it to 0",
)

EXPIRED = Diagnosis(
    "certificate-expired",
    "certificates",
    "finding",
    "{where} expired on {day}",
    "renew it; the new certificate is then used automatically",
)
EXPIRES = Diagnosis(
    "certificate-expires",
    "certificates",
    "finding",
    "{where} expires on {day}, in {days}",
    "find out why it was not renewed automatically",
)
TOO_NEW = Diagnosis(
    "certificate-too-new",
    "certificates",
    "finding",
    "{where} is not valid before {day}",
    "check the clock of the host",
)
MISNAMED = Diagnosis(
    "certificate-name",
    "certificates",
    "finding",
    "{where} is issued for {names}, not for {hostname}",
    "get a certificate for {hostname}",
)
SELF_SIGNED = Diagnosis(
    "certificate-self-signed",
    "certificates",
    "finding",
    "{where} is self-signed: mail programs show a warning",
    "set SSL_TYPE (see the page on TLS); if it is acme, `setup acme status` says why there is no certificate yet",
)
MISORDERED = Diagnosis(
    "certificate-chain",
    "certificates",
    "finding",
    "{where}: certificate {number} was not issued by the next one, {issuer}",
    "put the server's certificate first, then the certificate of its issuer, and so on",
)
INCOMPLETE = Diagnosis(
    "certificate-incomplete",
    "certificates",
    "finding",
    "{where} does not contain the certificate of its issuer, {issuer}: some clients cannot verify it",
    "use fullchain.pem, not cert.pem",
)
UNKNOWN_CA = Diagnosis(
    "certificate-unknown-ca",
    "certificates",
    "note",
    "{where}: the chain ends at {issuer}, which is not a public CA",
    "correct if this is your own CA and every client trusts it",
)
CERTIFICATES_UNASKED = Diagnosis(
    "certificates-unasked",
    "certificates",
    "not asked",
    "certificates were not checked: {reason}",
)

NOT_ISSUED = Diagnosis(
    "certificate-not-issued",
    "certificates",
    "finding",
    "{name}: {error}",
    "correct it, then `setup acme renew`; otherwise it is tried again at {when}",
)
LEFT_OUT = Diagnosis(
    "certificate-name-left-out",
    "certificates",
    "finding",
    "{name} is not in the certificate: {why}",
    "correct it; it is looked at every hour",
)
LEFT_OUT_OPTIONAL = Diagnosis(
    "certificate-web-name-left-out",
    "certificates",
    "note",
    "{name} has no certificate: {why}",
    "ignore it if you do not want the web server to answer for {name}; otherwise it is looked at every hour",
)
KEY_WAITS = Diagnosis(
    "certificate-key-waits",
    "certificates",
    "note",
    "the next key of {name} is not used yet: DNS must have its TLSA record for a day",
    "publish `{record}` beside the present one; `setup dns` shows both",
)

WAITING = Diagnosis(
    "mail-waits",
    "queue",
    "finding",
    "{count} in the queue for more than an hour, the oldest for {age}: {reason}",
    "`postqueue -p` lists all queued mail; `postqueue -f` tries to deliver it again",
)
QUEUE_UNASKED = Diagnosis("queue-unasked", "queue", "not asked", "the queue was not checked: {reason}")
FULL = Diagnosis(
    "disk-full",
    "disk",
    "finding",
    "{path} has {free} free of {total}",
    "free some space: without it no mail is accepted",
)
INODES = Diagnosis(
    "disk-inodes",
    "disk",
    "finding",
    "{path} has room for only {files}",
    "delete files: each mail is one file",
)
FOREIGN = Diagnosis(
    "mail-owner",
    "disk",
    "finding",
    "{paths} belongs to another user than {owner}: mail for it waits",
    "restart the server, which gives it to {owner}",
)
DISK_UNASKED = Diagnosis("disk-unasked", "disk", "not asked", "{path} was not checked: {reason}")
CLOCK_BEHIND = Diagnosis(
    "clock-behind",
    "clock",
    "finding",
    "the clock shows {now}, but this image was built on {built}",
    "set the clock of the host; certificates and mail depend on it",
)
CLOCK_ALONE = Diagnosis(
    "clock-alone",
    "clock",
    "note",
    "the kernel reports that nothing synchronizes the host's clock",
    "run an NTP client on the host; ignore this if the hypervisor sets the clock",
)
CLOCK_UNASKED = Diagnosis("clock-unasked", "clock", "not asked", "the clock was not checked: {reason}")
