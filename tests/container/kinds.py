"""Kinds of changes of the config folder, and what each pass says that it did."""

from __future__ import annotations

from tests.container.conftest import ALICE, BOB
from tests.container.lab import accounts

CAROL, CHIEF = "carol@example.test", "postmaster@example.test"
BASE = {"postfix-accounts.cf": accounts(CHIEF, ALICE, BOB)}
ADDED = "dovecot/userdb: +1 row, postfix/mailboxes: +1 row"
REMOVED = "dovecot/userdb: -1 row, postfix/mailboxes: -1 row"
SIZES = "dovecot/dovecot.conf: quota/user/quota_mail_size, postfix/main.cf: message_size_limit"
IP = "inet_protocols"
REST = "postscreen_dnsbl_allowlist_threshold and 1 more"
POSTSCREEN = "postscreen_greet_action, postscreen_dnsbl_sites, postscreen_dnsbl_threshold"
TWO_KINDS = "reloaded dovecot; reloaded postfix"
LIMIT, SCREEN = "POSTFIX_MESSAGE_SIZE_LIMIT=5M\n", "POSTSCREEN_ACTION=drop\nENABLE_DNSBL=1\n"
POP3, IPV4 = "ENABLE_POP3=1\n", "ENABLE_POP3=1\nPOSTFIX_INET_PROTOCOLS=ipv4\n"
MORE, TIMEOUT = accounts(CHIEF, ALICE, BOB, CAROL), "smtpd_timeout = 100s\n"
Kind = tuple[str, str | None, str, str, str]
KINDS: list[Kind] = [
    # what is edited, from what text (no file: None) to what, what changes, what takes it up
    ("postfix-accounts.cf", BASE["postfix-accounts.cf"], MORE, f"2 files ({ADDED})", "live at once"),
    ("postfix-accounts.cf", MORE, BASE["postfix-accounts.cf"], f"2 files ({REMOVED})", "live at once"),
    (
        "postfix-virtual.cf",
        None,
        f"info@example.test {BOB}\n",
        "2 files (postfix/senders: +1 row, postfix/virtual: +1 row)",
        "live at once",
    ),
    (
        "postfix-virtual.cf",
        f"info@example.test {BOB}\n",
        f"info@other.test {BOB}\n",
        "3 files (postfix/domains, postfix/senders: +2 -1 rows, postfix/virtual: +2 -1 rows)",
        "reloaded postfix",
    ),
    ("postfix-aliases.cf", None, f"cron: {BOB}\n", "1 file (postfix/aliases: +1 row)", "live at once"),
    (
        "postfix-regexp.cf",
        None,
        f"/^sales-/ {BOB}\n",
        "4 files (postfix/main.cf: virtual_alias_maps, smtpd_sender_login_maps, postfix/regexp: new, "
        "postfix/sub_addresses: new, postfix/sub_senders: new)",
        "reloaded postfix",
    ),
    ("postfix-main.cf", None, TIMEOUT, "1 file (postfix/main.cf: smtpd_timeout)", "reloaded postfix"),
    ("postfix-main.cf", TIMEOUT, "", "1 file (postfix/main.cf: smtpd_timeout)", "reloaded postfix"),
    (
        "postfix-master.cf",
        None,
        "smtp/inet/smtpd_timeout=99s\n",
        "1 file (postfix/master.cf: smtpd/pass/smtpd_timeout)",
        "reloaded postfix",
    ),
    (
        "dovecot.cf",
        None,
        "mail_max_userip_connections = 7\n",
        "3 files (dovecot/dovecot.conf, dovecot/local.conf: new, dovecot/sievec.conf)",
        "reloaded dovecot",
    ),
    ("mailserver.env", None, LIMIT, f"2 files ({SIZES})", TWO_KINDS),
    (
        "mailserver.env",
        LIMIT,
        SCREEN,
        f"2 files ({SIZES}, {POSTSCREEN}, postscreen_dnsbl_allowlist_threshold and 1 more)",
        TWO_KINDS,
    ),
    (
        "mailserver.env",
        SCREEN,
        POP3,
        "4 files (dovecot/dovecot.conf: protocols, protocol/pop3, service/pop3-login, "
        f"postfix/main.cf: {POSTSCREEN}, postscreen_dnsbl_allowlist_threshold, postscreen_dnsbl_action, "
        "supervisor/dialogues: +1 row, supervisor/probes: +2 rows)",
        "restarted dovecot: protocols, service changed; reloaded postfix",
    ),
    (
        "mailserver.env",
        POP3,
        IPV4,
        "1 file (postfix/main.cf: inet_protocols)",
        "restarted postfix: inet_protocols changed",
    ),
    (
        "mailserver.env",
        IPV4,
        f"{IPV4}ENABLE_SUBMISSIONS=1\n",
        "3 files (postfix/master.cf: submissions/inet, supervisor/dialogues: +1 row, supervisor/probes: +1 row)",
        "reloaded postfix",
    ),
]
