"""Every folder that daemons, templates and the operator share."""

from __future__ import annotations

CONFIG = "/tmp/docker-mailserver"  # noqa: S108  the contract's name
MAIL = "/var/mail"
STATE = "/var/mail-state"
LOG = "/var/log/mail"
LETSENCRYPT = "/etc/letsencrypt"
DERIVED_TEMPLATES = "/etc/mailwright/templates"

IMAGE = "/usr/lib/mailwright"  # exists only in Mailwright's images
SBOM = "/usr/share/mailwright/sbom.spdx.json"
COMPILED_TEMPLATES = f"{IMAGE}/templates"
RUN = "/run/mailwright"
GENERATIONS = f"{RUN}/generations"  # each whole configuration has a folder of its own here
RENDERED = f"{RUN}/etc"  # link to the generation in use; /etc/postfix and the like are links to folders in it
STAGED = f"{RUN}/staged"
OUTCOME = f"{RUN}/state.json"  # the outcome of the last pass
ENVIRON = f"{RUN}/environ.json"  # the container's environment, which the daemons do not get
WATCHED = f"{RUN}/watched.json"
LOCK = f"{RUN}/lock"
TIMETABLE = "watch/timetable.json"  # below /etc: what programs.timetable does, and when
ACME_PLAN = "watch/acme.json"  # below /etc: which certificates to get, and how
ACME_LOCK = f"{RUN}/acme.lock"
ACME_CHALLENGES = "/run/acme-challenges"  # answers to HTTP-01 challenges, which the web door serves
TIMETABLE_NEXT = f"{RUN}/timetable.json"  # when it does so next
METRICS = "watch/metrics.json"  # below /etc: what programs.metrics does not find out by itself
METRICS_COUNTED = f"{RUN}/metrics.json"  # what it has counted since the container's start
PROBES = "supervisor/probes"  # below /etc: the ports that the health check connects to
DIALOGUES = "supervisor/dialogues"  # below /etc: the dialogues that the health check has with the daemons
JSON_LINES = "rsyslog/json-lines"  # below /etc: exists if LOG_FORMAT is json
TOKEN_KEYS = "dovecot/oauth2-keys"  # noqa: S105  below /etc: public keys of the identity provider
MAIL_CRYPT = "dovecot/mail-crypt"  # below /etc: the keys of stored mail
HEALTH = f"{RUN}/health"  # the probe account, with which only the health check logs in
HEALTH_PASSWD = f"{HEALTH}/passwd"
HEALTH_NAME = "mailwright-health"  # a recipient that does not exist
HEALTH_ADDRESS = "health@mailwright.invalid"
DOVECOT_RUN = "/run/dovecot"
SQL_LOOKUPS = "sql-lookups/lookups.json"  # below /etc: how the database is asked
WEB = "web/application.json"  # below /etc: what the application of the web server answers
NGINX_RUN = "/run/nginx"
NGINX_PID = "/run/nginx.pid"
TUNNEL_PID = "/run/tunnel.pid"
TUNNEL_RUN = "/run/tunnel"
VERDICT = f"{RUN}/verdict"  # healthy or unhealthy: what the last health check found
CLIENT_SETTINGS = "web/client-settings.json"  # below /etc: what mail programs are told
PROFILE_CERTIFICATE, PROFILE_KEY = "web/profile.cert", "web/profile.key"  # below /etc: what signs Apple's profiles
FETCHMAIL_RUN = "/run/fetchmail"
GETMAIL_RUN = "/run/getmail"
FETCHED_MAIL = f"{IMAGE}/fetched-mail"  # hands a fetched mail to Postfix
FAIL2BAN_RUN = "/run/fail2ban"
BANNED = "/run/banned"  # clients of reverse proxies, whom the firewall does not see
BANNED_LOGINS = f"{BANNED}/dovecot"
STREAM = f"{RUN}/stdout"  # link to the container's standard output

QUEUE = f"{STATE}/spool-postfix"
POSTFIX_DATA = f"{STATE}/lib-postfix"
DOVECOT_STATE = f"{STATE}/lib-dovecot"
RSPAMD_STATE = f"{STATE}/lib-rspamd"
FETCHMAIL_STATE = f"{STATE}/lib-fetchmail"
GETMAIL_STATE = f"{STATE}/lib-getmail"
RSPAMD_CACHE = "/usr/lib/mailwright/rspamd"  # patterns compiled for the machine that built the image
FAIL2BAN_STATE = f"{STATE}/lib-fail2ban"
MTA_STS_STATE = f"{STATE}/lib-mta-sts"
REDIS_STATE = f"{STATE}/lib-redis"
CLAMAV_STATE = f"{STATE}/lib-clamav"
SQL_STATE = f"{STATE}/lib-sql"
# Copies of the operator's Sieve programs: /run may be noexec, and vmail may not read the config folder.
PROGRAMS = f"{STATE}/programs"
SRS_JAIL = "/var/lib/postsrsd"  # empty
SRS_STATE = f"{STATE}/lib-postsrsd"
SRS_SECRET = f"{SRS_STATE}/secret"
# docker-mailserver's present and former paths. Bounces of mail that was signed with this secret still come back.
FORMER_SRS_SECRETS = (f"{STATE}/etc/postsrsd.secret", f"{STATE}/etc-postsrsd/postsrsd.secret")
ACME_STATE = f"{STATE}/lib-acme"
ACME_LIVE = f"{ACME_STATE}/live"  # a file for each certificate, with its key
ACME_ACCOUNT = f"{ACME_STATE}/account"  # keys of accounts at CAs
ACME_HOOK = f"{ACME_STATE}/hook"  # a copy of the operator's script for DNS-01
ACME_STATUS = f"{ACME_STATE}/status.json"  # what was tried, and when the next try is
SELF_SIGNED = f"{STATE}/tls"
REPORTS_STATE = f"{STATE}/lib-reports"
REPORTED = f"{REPORTS_STATE}/reported.json"  # until when the last reports reach
MAIL_CRYPT_KEYS = f"{STATE}/mail-crypt-keys"  # names of the keys that stored mail is encrypted with
HISTORY = f"{STATE}/history.json"  # the last passes over the configuration

CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
