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
WATCH = "/run/mailwright/watch.sock"  # whoever edited a file asks here that it go live
SUPERVISOR = "/run/mailwright/supervisor.sock"
# The socket's mode keeps others out; supervisord only warns of a door without a name and a word.
SUPERVISOR_LOGIN = "mailwright:mailwright"
