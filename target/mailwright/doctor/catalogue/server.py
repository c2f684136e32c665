"""What can be wrong with the server itself."""

from __future__ import annotations

from mailwright.doctor import Diagnosis

REFUSED = Diagnosis(
    "configuration-refused",
    "configuration",
    "finding",
    "{where}: {what}",
    "{hint}; until it is mended the running configuration is kept, and no start succeeds",
)
WARNED = Diagnosis("configuration-warning", "configuration", "note", "{where}: {what}", "{hint}")
NOT_LIVE = Diagnosis(
    "configuration-not-live", "configuration", "finding", "not live: {what}", "mend it; it goes live by itself"
)
DRIFTED = Diagnosis(
    "configuration-drift",
    "configuration",
    "note",
    "what runs differs from what the files say: {paths}",
    "`mailwright diff` shows how; a restart brings both together, unless user-patches.sh means it so",
)
UNCHECKED = Diagnosis("configuration-unchecked", "configuration", "not asked", "the daemons' own checkers: {reason}")

STOPPED = Diagnosis("daemon-stopped", "daemons", "finding", "{what}", "its last words stand in `docker compose logs`")
DAEMONS_UNASKED = Diagnosis("daemons-unasked", "daemons", "not asked", "daemons and ports: {reason}")
SILENT = Diagnosis(
    "port-silent", "ports", "finding", "{what}", "its daemon's last words stand in `docker compose logs`"
)

EXPIRED = Diagnosis(
    "certificate-expired", "certificates", "finding", "{where} expired on {day}", "renew it; it goes live by itself"
)
EXPIRES = Diagnosis(
    "certificate-expires",
    "certificates",
    "finding",
    "{where} expires on {day}, in {days} days",
    "see why it was not renewed by itself",
)
TOO_NEW = Diagnosis(
    "certificate-too-new", "certificates", "finding", "{where} is not valid before {day}", "look at the host's clock"
)
MISNAMED = Diagnosis(
    "certificate-name",
    "certificates",
    "finding",
    "{where} is made out for {names}, not for {hostname}",
    "get one for {hostname}",
)
SELF_SIGNED = Diagnosis(
    "certificate-self-signed",
    "certificates",
    "finding",
    "{where} is self-signed: mail programs warn of it",
    "get one from a CA and set SSL_TYPE (see the page on TLS)",
)
MISORDERED = Diagnosis(
    "certificate-chain",
    "certificates",
    "finding",
    "{where}: its certificate {number} was not issued by the next one, {issuer}",
    "put the server's certificate first, then the one of its issuer, and so on",
)
INCOMPLETE = Diagnosis(
    "certificate-incomplete",
    "certificates",
    "finding",
    "{where} lacks the certificate of its issuer, {issuer}: not every client can follow it",
    "use fullchain.pem, not cert.pem",
)
UNKNOWN_CA = Diagnosis(
    "certificate-unknown-ca",
    "certificates",
    "note",
    "{where}: its chain ends at {issuer}, which no public list of CAs has",
    "fine for a CA of your own that every client knows",
)
CERTIFICATES_UNASKED = Diagnosis("certificates-unasked", "certificates", "not asked", "certificates: {reason}")

WAITING = Diagnosis(
    "mail-waits",
    "queue",
    "finding",
    "{count} for more than an hour, the oldest for {age}; it says: {reason}",
    "`postqueue -p` shows all; `postqueue -f` tries again",
)
QUEUE_UNASKED = Diagnosis("queue-unasked", "queue", "not asked", "the queue: {reason}")
FULL = Diagnosis(
    "disk-full", "disk", "finding", "{path} has {free} free of {total}", "make room: without it no mail is taken"
)
INODES = Diagnosis(
    "disk-inodes", "disk", "finding", "{path} has room for {free} more files only", "remove files: each mail is one"
)
DISK_UNASKED = Diagnosis("disk-unasked", "disk", "not asked", "{path}: {reason}")
CLOCK_BEHIND = Diagnosis(
    "clock-behind",
    "clock",
    "finding",
    "the clock says {now}, before this image was built ({built})",
    "set the host's clock; certificates and mail are judged by it",
)
CLOCK_ALONE = Diagnosis(
    "clock-alone",
    "clock",
    "note",
    "the kernel says that nothing keeps the host's clock right",
    "run an NTP client on the host; a virtual machine may get its time otherwise",
)
CLOCK_UNASKED = Diagnosis("clock-unasked", "clock", "not asked", "whether the clock is right: {reason}")
