"""Variables of docker-mailserver that are accepted but have no effect."""

from __future__ import annotations

# docker-mailserver's stock file sets these: nobody's wish, so that no warning is needed.
STOCK = {
    "AMAVIS_LOGLEVEL": "0",
    "ENABLE_AMAVIS": "1",
    "ENABLE_UPDATE_CHECK": "1",
    "POSTGREY_AUTO_WHITELIST_CLIENTS": "5",
    "SA_TAG": "2.0",
    "UPDATE_CHECK_INTERVAL": "1d",
}

# Settings whose default differs from docker-mailserver's: what it does there.
OTHER_DEFAULTS = {
    "ENABLE_SUBMISSIONS": "port 465 is always open",
    "SPOOF_PROTECTION": "0: a login may send with any address",
}
OTHER_DEFAULTS_OF_LDAP = {
    "DOVECOT_PASS_ATTRS": "uniqueIdentifier=user,userPassword=password",
    "DOVECOT_USER_FILTER": "(&(objectClass=PostfixBookMailAccount)(uniqueIdentifier=%n)): a login without its domain",
}

RETIRED_FILTERS = {
    "ENABLE_AMAVIS": "Rspamd replaces Amavis; 0 in all old filters and in ENABLE_RSPAMD: no filter",
    "AMAVIS_LOGLEVEL": "Rspamd replaces Amavis; it logs one line with the reasons for each mail",
    "ENABLE_SPAMASSASSIN": "Rspamd replaces SpamAssassin; the scores in SA_TAG2 and SA_KILL count",
    "ENABLE_SPAMASSASSIN_KAM": "Rspamd has its own rules",
    "SA_TAG": "Rspamd logs the score of every mail",
    "SA_SHORTCIRCUIT_BAYES_SPAM": "Rspamd adds the Bayes result to the other scores",
    "SA_SHORTCIRCUIT_BAYES_HAM": "Rspamd adds the Bayes result to the other scores",
    "SA_SPAM_SUBJECT": "set SPAM_SUBJECT instead",
    "POSTGREY_AUTO_WHITELIST_CLIENTS": "Rspamd greylists only suspicious mail",
    "VIRUSMAILS_DELETE_DELAY": "mail with a virus is rejected, not stored",
}
# What Dovecot, which checks the passwords of submission here, is told instead.
RETIRED_SASLAUTHD = {
    "SASLAUTHD_LDAP_SERVER": "Dovecot asks the directory of LDAP_SERVER_HOST",
    "SASLAUTHD_LDAP_START_TLS": "set LDAP_START_TLS",
    "SASLAUTHD_LDAP_TLS_CHECK_PEER": "the directory's certificate is verified",
    "SASLAUTHD_LDAP_TLS_CACERT_DIR": "set LDAP_TLS_CA_CERT_DIR",
    "SASLAUTHD_LDAP_TLS_CACERT_FILE": "set LDAP_TLS_CA_CERT_FILE",
    "SASLAUTHD_LDAP_BIND_DN": "set LDAP_BIND_DN",
    "SASLAUTHD_LDAP_PASSWORD": "set LDAP_BIND_PW",
    "SASLAUTHD_LDAP_SEARCH_BASE": "set LDAP_SEARCH_BASE",
    "SASLAUTHD_LDAP_FILTER": "set DOVECOT_PASS_FILTER",
    "SASLAUTHD_LDAP_PASSWORD_ATTR": "set DOVECOT_PASS_ATTRS",
    "SASLAUTHD_LDAP_AUTH_METHOD": "set DOVECOT_AUTH_BIND",
    "SASLAUTHD_LDAP_MECH": "Dovecot asks the directory with LDAP_BIND_DN",
}
RETIRED = (
    RETIRED_FILTERS
    | RETIRED_SASLAUTHD
    | {
        "ENABLE_UPDATE_CHECK": "Mailwright does not check for updates",
        "UPDATE_CHECK_INTERVAL": "Mailwright does not check for updates",
        "ENABLE_LDAP": "replaced by ACCOUNT_PROVISIONER",
        "ONE_DIR": "state is always stored in /var/mail-state",
    }
)
# Only docker-mailserver has these variables, so that whoever sets one comes from there.
ONLY_THERE = RETIRED.keys()


def without_effect(name: str) -> str:
    """Why the variable ``name`` does nothing."""
    return f"has no effect: {RETIRED[name]}"


def is_off(name: str, text: str) -> bool:
    """Whether ``text`` turns the feature of ``name`` off, so that nothing is missing."""
    return name.startswith("ENABLE_") and text.strip() in ("0", "no", "off", "false")


def is_nobodys_wish(name: str, text: str) -> bool:
    """Whether ``text`` turns the feature of ``name`` off, or is what docker-mailserver's stock file says."""
    return is_off(name, text) or STOCK.get(name) == text.strip()
