"""Every place where two daemons meet. All lie on tmpfs, so none is stale after a start."""

from __future__ import annotations

DOVECOT_RUN = "/run/dovecot"
LMTP = f"{DOVECOT_RUN}/lmtp"  # Postfix delivers here (RFC 2033)
AUTH = f"{DOVECOT_RUN}/auth-postfix"  # Postfix asks here whether a login is good (SASL)
QUOTA_STATUS = f"{DOVECOT_RUN}/quota-status"  # Postfix asks here whether a mailbox is full
MILTER = "/run/rspamd/milter.sock"  # Postfix asks here what to do with a mail (milter)
RSPAMD_CONTROLLER = "/run/rspamd-controller/controller.sock"  # Rspamd is taught here
REDIS = "/run/redis/redis.sock"  # Rspamd keeps here what it learned
CLAMD = "/run/clamav/clamd.sock"  # Rspamd asks here whether a mail holds a virus
# Ports, since neither speaks over a socket of the file system; on the loopback address only.
SRS_FORWARD, SRS_REVERSE = 10001, 10002  # postsrsd signs a sender, and finds the sender behind a signed address
SRS_SMTP = 10003  # Postfix hands mail to itself here, for its sender to be signed
MTA_STS = "/run/mta-sts/mta-sts.sock"  # Postfix asks here what a domain demands (socketmap_table(5))
WATCH = "/run/mailwright/watch.sock"  # whoever edited a file asks here that it go live
SUPERVISOR = "/run/mailwright/supervisor.sock"
# The socket's mode keeps others out; supervisord only warns of a door without a name and a word.
SUPERVISOR_LOGIN = "mailwright:mailwright"
