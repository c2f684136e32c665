from __future__ import annotations

import pytest

from mailwright.model import gone_places
from tests.unit.operator import ACCOUNTS, inputs, refused, told


def found(main: str, master: str = "") -> list[str]:
    return told(gone_places.problems(inputs(ACCOUNTS | {"postfix-main.cf": main, "postfix-master.cf": master})))


@pytest.mark.parametrize(
    ("line", "socket", "instead"),
    [
        ("smtpd_milters = inet:localhost:8891", "inet:localhost:8891", "Rspamd signs"),
        ("smtpd_milters = inet:127.0.0.1:8893", "inet:127.0.0.1:8893", "Rspamd checks DMARC"),
        ("rspamd_milter = inet:localhost:11332", "inet:localhost:11332", "mail passes Rspamd without this line"),
        ("content_filter = smtp-amavis:[127.0.0.1]:10024", "smtp-amavis:[127.0.0.1]:10024", "Rspamd filters mail"),
        ("smtpd_sasl_path = private/auth", "private/auth", "Postfix asks Dovecot"),
        ("smtpd_sasl_path = /var/spool/postfix/private/auth", "/var/spool/postfix/private/auth", "Postfix asks"),
        ("smtpd_sasl_path = /dev/shm/sasl-auth.sock", "/dev/shm/sasl-auth.sock", "Postfix asks"),
        ("smtpd_sasl_path = unix:private/auth", "unix:private/auth", "Postfix asks"),
    ],
)
def test_each_socket_is_named_with_what_does_its_work(line: str, socket: str, instead: str) -> None:
    [problem] = found(f"{line}\n")
    name = line.partition(" ")[0]
    assert problem.startswith(f"postfix-main.cf:1: {name}: nothing listens on {socket}, so mail would wait")
    assert f"(hint: delete it: {instead}" in problem


def test_files_of_its_image() -> None:
    [domains] = found("virtual_mailbox_domains = /etc/postfix/vhost\n")
    assert domains.startswith("postfix-main.cf:1: virtual_mailbox_domains: /etc/postfix/vhost does not exist")


def test_all_of_a_list_that_was_copied_are_named_at_once_and_refused() -> None:
    copied = (
        "smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination,\n"
        "  check_policy_service unix:private/policyd-spf, check_policy_service { inet:127.0.0.1:10023, timeout=9 },\n"
        "  check_policy_service inet:localhost:65265\n"
    )
    assert len(found(copied)) == 3
    assert sum("nothing listens on" in line for line in refused(ACCOUNTS | {"postfix-main.cf": copied})) == 3


def test_in_master_cf_and_behind_a_name_of_the_operator() -> None:
    master = "smtp/inet/smtpd_client_restrictions=$mine\n"
    [problem] = found("mine = check_policy_service unix:private/policyd-spf\n", master)[1:]
    assert problem.startswith("postfix-master.cf:1: smtpd_client_restrictions: nothing listens on unix:private/policyd")


@pytest.mark.parametrize(
    "line",
    [
        "check_policy_service inet:policy.example.com:10023",
        "inet:localhost:88911",
        "inet:10.0.0.3:8891",
        "unix:private/policyd-spf2",
        "/etc/private/authors",
        "lmtp:unix:/var/run/dovecot/lmtp",
        "/etc/postfix/vhosts /etc/dms/tls/key /etc/dms/tls/cert",  # the latter are here too
    ],
)
def test_sockets_of_others_are_fine(line: str) -> None:
    assert found(f"x = {line}\n") == []
