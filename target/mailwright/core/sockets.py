"""Sockets that no setting changes. The watching process imports this module, so it imports nothing."""

from __future__ import annotations

# postsrsd and Postfix's own SRS service have only these ports, on the loopback address (Mailserver.loopback).
SRS_FORWARD, SRS_REVERSE = 10001, 10002  # postsrsd signs a sender, and finds the sender behind a signed address
SRS_SMTP = 10003  # Postfix hands mail to itself, to have its sender signed

FETCHED = 10004  # Postfix takes mail that fetchmail and getmail bring; on the loopback address too

# Dovecot asks here whose a token is (programs/token_introspection.py). Its folder belongs to the program's user.
OAUTH2_RUN = "/run/oauth2"
INTROSPECTION = f"{OAUTH2_RUN}/introspection.sock"
AUTH_RELAY = "/run/auth-relay/auth"  # Postfix asks here about logins if they are checked on other servers
# Postfix asks here about accounts in a database, as socketmap_table(5), and Dovecot as it asks PostgreSQL.
SQL_POSTFIX = "/run/sql-lookups/postfix/socketmap"
SQL_DOVECOT = "/run/sql-lookups/dovecot/.s.PGSQL.5432"
LDAP_POSTFIX = "/run/ldap-relay/postfix/socket"  # the relay to an LDAP directory, for each daemon
LDAP_DOMAINS = "/run/ldap-relay/postfix/domains"  # questions of Postfix about domains
LDAP_DOVECOT = "/run/ldap-relay/dovecot/socket"
WEB = "/run/web/web.sock"  # nginx hands on here what the application answers
WEB_LOG = "/run/web-log/socket"  # nginx's lines of the log; rsyslog takes so many of them only
WEB_PORTS, WEB_CONNECTIONS = (80, 443), 1024  # of nginx, and how many connections it holds
SIGNED_PROFILE = "/run/dovecot/signed-profile"  # the web server gets signed profiles for Apple's devices here
ENCRYPTION_LMTP = "/run/dovecot/lmtp-encryption"  # mail that was encrypted for one user goes to Dovecot here

# Ports between the nodes of a cluster (services/tunnel.py). Each takes TLS connections of nodes only.
LMTP = 24  # a backend takes mail for its mailboxes
SIEVE_OWN, SIEVE_PASSED_ON = 10026, 10027  # a front takes what users' Sieve scripts send
MILTER, SUBMISSION_MILTER, CONTROLLER = 11332, 11333, 11335  # a filter judges mail, and learns

# Mailwright's own sockets, used by code that has no Mailserver value.
WATCH = "/run/mailwright/watch.sock"  # a command that edited a file asks here to apply it
METRICS = "/run/mailwright/metrics.sock"  # the web server asks here for the numbers of /metrics
SUPERVISOR = "/run/mailwright/supervisor.sock"
# The socket's mode keeps others out; supervisord only warns about a server without a user name and password.
SUPERVISOR_USER = SUPERVISOR_PASSWORD = "mailwright"  # noqa: S105
SUPERVISOR_LOGIN = f"{SUPERVISOR_USER}:{SUPERVISOR_PASSWORD}"
