"""Variables of docker-mailserver's contract that are accepted without being acted on: not yet, or not any more."""

from __future__ import annotations

NOT_YET = frozenset(
    """
    ACCOUNT_PROVISIONER
    LDAP_SERVER_HOST LDAP_START_TLS LDAP_SEARCH_BASE LDAP_BIND_DN LDAP_BIND_PW LDAP_QUERY_FILTER_USER
    LDAP_QUERY_FILTER_GROUP LDAP_QUERY_FILTER_ALIAS LDAP_QUERY_FILTER_DOMAIN LDAP_QUERY_FILTER_SENDERS
    DOVECOT_TLS DOVECOT_BASE DOVECOT_DN DOVECOT_DNPASS DOVECOT_URIS DOVECOT_LDAP_VERSION DOVECOT_AUTH_BIND
    DOVECOT_DEFAULT_PASS_SCHEME DOVECOT_USER_FILTER DOVECOT_USER_ATTRS DOVECOT_PASS_FILTER DOVECOT_PASS_ATTRS
    ENABLE_SASLAUTHD SASLAUTHD_MECHANISMS SASLAUTHD_MECH_OPTIONS SASLAUTHD_LDAP_SERVER SASLAUTHD_LDAP_START_TLS
    SASLAUTHD_LDAP_TLS_CHECK_PEER SASLAUTHD_LDAP_TLS_CACERT_DIR SASLAUTHD_LDAP_TLS_CACERT_FILE
    SASLAUTHD_LDAP_BIND_DN SASLAUTHD_LDAP_PASSWORD SASLAUTHD_LDAP_SEARCH_BASE SASLAUTHD_LDAP_FILTER
    SASLAUTHD_LDAP_PASSWORD_ATTR SASLAUTHD_LDAP_AUTH_METHOD SASLAUTHD_LDAP_MECH
    ENABLE_OAUTH2 OAUTH2_INTROSPECTION_URL
    ENABLE_FETCHMAIL FETCHMAIL_POLL FETCHMAIL_PARALLEL ENABLE_GETMAIL GETMAIL_POLL
    PFLOGSUMM_TRIGGER PFLOGSUMM_RECIPIENT PFLOGSUMM_SENDER LOGWATCH_INTERVAL LOGWATCH_RECIPIENT LOGWATCH_SENDER
    REPORT_RECIPIENT REPORT_SENDER LOGROTATE_INTERVAL LOGROTATE_COUNT
    """.split()
)

# What these values ask for is what happens anyway, so there is nothing to tell.
IDLE = {"ACCOUNT_PROVISIONER": ("FILE",), "PFLOGSUMM_TRIGGER": ("none",), "LOGWATCH_INTERVAL": ("none",)}

RETIRED_FILTERS = {
    "ENABLE_AMAVIS": "Rspamd filters; ENABLE_RSPAMD=0 switches it off",
    "AMAVIS_LOGLEVEL": "there is no Amavis; Rspamd says why it judged so in each mail's line in the log",
    "ENABLE_SPAMASSASSIN": "Rspamd scores all mail; ENABLE_RSPAMD=0 switches it off",
    "ENABLE_SPAMASSASSIN_KAM": "Rspamd has rules of its own",
    "SA_TAG": "Rspamd tells the score of every mail in the log",
    "SA_SHORTCIRCUIT_BAYES_SPAM": "Rspamd counts Bayes as one of many signs",
    "SA_SHORTCIRCUIT_BAYES_HAM": "Rspamd counts Bayes as one of many signs",
    "SA_SPAM_SUBJECT": "docker-mailserver replaced it by SPAM_SUBJECT",
    "POSTGREY_AUTO_WHITELIST_CLIENTS": "Rspamd greylists doubtful mail only",
    "VIRUSMAILS_DELETE_DELAY": "mail with a virus is refused, not kept",
}
RETIRED = RETIRED_FILTERS | {
    "ENABLE_UPDATE_CHECK": "nothing asks for updates",
    "UPDATE_CHECK_INTERVAL": "nothing asks for updates",
    "ENABLE_LDAP": "docker-mailserver replaced it by ACCOUNT_PROVISIONER",
    "ONE_DIR": "state always lives in /var/mail-state",
}


def asks_for_nothing(name: str, text: str) -> bool:
    """Whether a variable that is not supported yet has the value that switches its feature off."""
    return text in IDLE.get(name, ()) or (name.startswith("ENABLE_") and text.strip() in ("0", "no", "off", "false"))
