"""The operator's override files win, in the order that the documentation tells."""

from __future__ import annotations

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.lab import Lab, Server, accounts

PATCH = """\
postconf -e 'smtpd_banner = $myhostname ESMTP patched'
echo "key value" >> /etc/postfix/virtual
echo "nobody@a.test x@b.test" > /tmp/late
postmap hash:/tmp/late
postconf -Mf smtp/inet | sed -e s/^smtp/12525/ >> /etc/postfix/master.cf
postconf -P 12525/inet/postscreen_upstream_proxy_protocol=haproxy smtpd/pass/mynetworks=10.0.0.0/8
"""
CONFIG = {
    "postfix-accounts.cf": accounts(ALICE, BOB),
    "postfix-main.cf": "# mine\nmessage_size_limit =\n  5000000\nsmtpd_recipient_restrictions =\n"
    "  $mailwright_smtpd_recipient_restrictions,\n  reject_unknown_recipient_domain\n"
    "smtpd_sender_restrictions = check_sender_access inline:{evil@outside.test=REJECT}, "
    "$dms_smtpd_sender_restrictions\nmaximal_queue_lifetime = 1d\n"
    "transport_maps = hash:/tmp/docker-mailserver/routes\ncanonical_maps = hash:/tmp/late\n",
    "postfix-master.cf": "# mine\nsubmission/inet/smtpd_client_connection_count_limit=7\n"
    "smtp/unix/syslog_name=out going\n",
    "dovecot.cf": "mail_max_userip_connections = 3\nprotocol imap {\n  imap_idle_notify_interval = 29 mins\n}\n",
    "user-patches.sh": PATCH,
    "routes": "refused.test error:5.1.2 routed\n",
}


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """All override files at once."""
    return lab.mailserver("over", CONFIG, {"POSTFIX_MESSAGE_SIZE_LIMIT": "20M"})


def test_main_cf(server: Server) -> None:
    assert server.run("postconf", "-h", "message_size_limit").strip() == "5000000"
    assert server.run("postconf", "-h", "maximal_queue_lifetime").strip() == "1d"
    assert "reject_unknown_recipient_domain" in server.run("postconf", "-h", "smtpd_recipient_restrictions")
    server.receives(BOB, server.deliver("someone@outside.test", BOB))
    with pytest.raises(Exception, match="Access denied"):
        server.deliver("evil@outside.test", BOB)
    assert "overriding earlier entry" not in server.log()
    assert "warning" not in server.run("postconf", "-n")
    assert "main.cf" in server.run("grep", "-l", "message_size_limit: see postfix-main.cf:2", "/etc/postfix/main.cf")


def test_master_cf(server: Server) -> None:
    options = server.run("postconf", "-P")
    assert "submission/inet/smtpd_client_connection_count_limit = 7" in options
    assert "smtp/unix/syslog_name = out going" in options
    assert "submission/inet/smtpd_tls_security_level = encrypt" in options


def test_dovecot_cf_is_read_last(server: Server) -> None:
    assert server.run("doveconf", "-h", "mail_max_userip_connections").strip() == "3"
    assert "imap_idle_notify_interval = 29 mins" in server.run("doveconf", "-n", "-f", "protocol=imap", check=False)


def test_user_patches_run_last_and_show_as_drift(server: Server) -> None:
    assert server.run("postconf", "-h", "smtpd_banner").strip().endswith("patched")
    assert server.run("postmap", "-q", "key", "lmdb:/etc/postfix/virtual").strip() == "value"
    drift = server.run("mailwright", "diff", check=False)
    assert "-smtpd_banner = $myhostname ESMTP patched" in drift
    assert "-key value" in drift
    server.receives(BOB, server.submit(ALICE, BOB))


def test_a_port_for_proxies_of_user_patches(server: Server) -> None:
    """Whoever reaches it could name an address of mynetworks."""
    assert "lets everybody speak for any client (12525/inet), so mynetworks does not count on port 25" in server.log()
    assert server.run("postconf", "-P", "smtpd/pass/mynetworks").strip() == "smtpd/pass/mynetworks ="


def test_tables_are_tried_and_follow_their_files(server: Server) -> None:
    """Postfix itself says what it can't open, live too; a table of user-patches.sh is there after the script."""
    assert "postfix-main.cf:10: canonical_maps: postmap: fatal: open database /tmp/late.db" in server.log()
    query = ("postmap", "-q")
    assert server.run(*query, "nobody@a.test", "hash:/tmp/late").strip() == "x@b.test"
    with pytest.raises(Exception, match="routed"):
        server.submit(ALICE, "someone@refused.test")
    assert server.config
    (server.config / "routes").write_text("other.test error:5.1.2 routed\n")
    server.sees("applied 1 file (postfix/tables/routes")
    with pytest.raises(Exception, match="routed"):
        server.submit(ALICE, "someone@other.test")
    with (server.config / "postfix-master.cf").open("a") as file:
        file.write("smtp/inet/body_checks=pcre:/tmp/absent\n")
    server.sees("postfix-master.cf:4: body_checks: postmap: fatal: open /tmp/absent: No such file or directory")
