"""The operator's override files win, in the order that the documentation tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import LABEL, docker
from tests.container.lab import Lab, Server, accounts

PATCH = """\
postconf -e 'smtpd_banner = $myhostname ESMTP patched'
echo "key value" >> /etc/postfix/virtual
"""
CONFIG = {
    "postfix-accounts.cf": accounts(ALICE, BOB),
    "postfix-main.cf": "# mine\nmessage_size_limit =\n  5000000\nsmtpd_recipient_restrictions =\n"
    "  $mailwright_smtpd_recipient_restrictions,\n  reject_unknown_recipient_domain\n"
    "smtpd_sender_restrictions = check_sender_access inline:{evil@outside.test=REJECT}, "
    "$dms_smtpd_sender_restrictions\nmaximal_queue_lifetime = 1d\n",
    "postfix-master.cf": "# mine\nsubmission/inet/smtpd_client_connection_count_limit=7\n"
    "smtp/unix/syslog_name=out going\n",
    "dovecot.cf": "mail_max_userip_connections = 3\nprotocol imap {\n  imap_idle_notify_interval = 29 mins\n}\n",
    "user-patches.sh": PATCH,
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
    assert "main.cf" in server.run("grep", "-l", "message_size_limit: see postfix-main.cf:2", "/etc/postfix/main.cf")


def test_master_cf(server: Server) -> None:
    options = server.run("postconf", "-P")
    assert "submission/inet/smtpd_client_connection_count_limit = 7" in options
    assert "smtp/unix/syslog_name = out going" in options
    assert "submission/inet/smtpd_tls_security_level = encrypt" in options


def test_dovecot_cf_is_read_last(server: Server) -> None:
    assert server.run("doveconf", "-h", "mail_max_userip_connections").strip() == "3"


def test_user_patches_run_last_and_show_as_drift(server: Server) -> None:
    assert server.run("postconf", "-h", "smtpd_banner").strip().endswith("patched")
    assert server.run("postmap", "-q", "key", "lmdb:/etc/postfix/virtual").strip() == "value"
    drift = server.run("mailwright", "diff", check=False)
    assert "-smtpd_banner = $myhostname ESMTP patched" in drift
    assert "-key value" in drift
    server.receives(BOB, server.submit(ALICE, BOB))


DERIVED = """\
FROM mailwright:latest
COPY templates/ /etc/mailwright/templates/
ENV POSTFIX_MESSAGE_SIZE_LIMIT=7M
"""


def test_a_derived_image_and_the_operators_templates(lab: Lab) -> None:
    banner = server_template("derived")
    context = lab.folder({"Dockerfile": DERIVED, "templates/postfix/main.cf.j2": banner})
    image = f"{lab.name}:derived"
    docker("build", "--quiet", "--label", LABEL, "--tag", image, str(context))
    try:
        config = {"postfix-accounts.cf": accounts(ALICE, BOB)}
        derived = lab.mailserver("derived", config, image=image)
        assert derived.run("postconf", "-h", "smtpd_banner").strip().endswith("derived")
        assert derived.run("postconf", "-h", "message_size_limit").strip() == str(7 << 20)
        mine = {**config, "templates/postfix/main.cf.j2": server_template("mine")}
        winner = lab.mailserver("winner", mine, image=image)
        assert winner.run("postconf", "-h", "smtpd_banner").strip().endswith("mine")
        winner.receives(BOB, winner.submit(ALICE, BOB))
    finally:
        for name in ("derived", "winner"):
            docker("rm", "-f", "-v", f"{lab.name}-{name}", check=False)
        docker("rmi", "-f", image, check=False)


def server_template(banner: str) -> str:
    """The image's own main.cf template with another banner and, to be seen, nothing else."""
    shipped = Path(__file__).parents[2] / "templates" / "postfix" / "main.cf.j2"
    return shipped.read_text().replace("smtpd_banner = $myhostname ESMTP", f"smtpd_banner = $myhostname ESMTP {banner}")
