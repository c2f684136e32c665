from __future__ import annotations

from mailwright.trace.mail import Mail, Mailbox, Remote
from tests.unit.model.test_mail_crypt import NEW
from tests.unit.trace.world import Given, accounts, trace

ALICE, BEN = "alice@a.example", "ben@far.example"
FILES = {
    "postfix-accounts.cf": accounts(ALICE, "carol@c.example", "dan@d.example"),
    "postfix-virtual.cf": f"fwd@a.example {BEN}\n",
    "dovecot-quotas.cf": f"# rows\n{ALICE}:5G\n",
    "before.dovecot.sieve": "keep;\n",
    f"{ALICE}.dovecot.sieve": "keep;\n",
    "after.dovecot.sieve": "keep;\n",
    "postfix-relaymap.cf": "@c.example [relay.example]:587\n@d.example\n",
    "postfix-sasl-password.cf": "# logins\n@c.example user:secret-of-relay\n",
}


def mailbox(mail: Mail, world: Given | None = None, /, **environ: str) -> Mailbox:
    [end] = trace(FILES, mail, world, **environ).ends
    assert isinstance(end, Mailbox)
    return end


def remote(mail: Mail, config: dict[str, str] | None = None, /, **environ: str) -> Remote:
    [end] = trace(FILES | (config or {}), mail, **environ).ends
    assert isinstance(end, Remote)
    return end


def test_a_mailbox() -> None:
    box = mailbox(Mail("alice+x@a.example", BEN), Given(script="/var/mail/a.example/alice/home/sieve/own.sieve"))
    assert (box.account, box.exists) == (ALICE, True)
    assert (box.used_bytes, box.limit_bytes, box.limit_from) == (1000, 5 << 30, "dovecot-quotas.cf:2")
    assert box.scripts == (
        "before.dovecot.sieve",
        "spam (Mailwright's own)",
        f"{ALICE}.dovecot.sieve",
        "/var/mail/a.example/alice/home/sieve/own.sieve",
        "after.dovecot.sieve",
    )
    assert box.junk == "spam goes to Junk"
    assert box.encryption == "none (MAIL_CRYPT=off)"


def test_a_mailbox_that_is_full() -> None:
    assert not mailbox(Mail(ALICE, BEN, size=5 << 30)).full, "a tenth more fits"
    assert mailbox(Mail(ALICE, BEN, size=6 << 30)).full


def test_a_mailbox_with_other_settings() -> None:
    folder = "mailbox Spam {\n  special_use = \\Junk\n}\n"
    env = {"MARK_SPAM_AS_READ": "1", "SPAM_SUBJECT": "[SPAM] "}
    [end] = trace(FILES | {"dovecot.cf": f"namespace inbox {{\n{folder}}}\n"}, Mail(ALICE, BEN), **env).ends
    assert isinstance(end, Mailbox)
    assert end.junk == "spam goes to Spam, is marked as read, its subject begins with [SPAM]"
    box = mailbox(Mail("dan@d.example"), ENABLE_RSPAMD="0", ENABLE_QUOTAS="0", POSTFIX_MAILBOX_SIZE_LIMIT="0")
    assert (box.junk, box.limit_from) == ("no filter", "ENABLE_QUOTAS=0")


def test_a_mailbox_while_dovecot_is_down() -> None:
    box = mailbox(Mail(ALICE, BEN), Given(down=True))
    assert (box.used_bytes, box.limit_bytes) == (None, 5 << 30)
    assert "the user's own, not known: the mailbox does not answer" in box.scripts


def test_encryption() -> None:
    plugins = "mail_plugins {\n  mail_crypt = yes\n}\n"
    [end] = trace(FILES | {"dovecot.cf": plugins}, Mail(ALICE, BEN)).ends
    assert isinstance(end, Mailbox)
    assert end.encryption == "your own mail_crypt (dovecot.cf:2)"
    [end] = trace(FILES | {"mail-crypt/2026.pem": NEW}, Mail(ALICE, BEN), MAIL_CRYPT="global").ends
    assert isinstance(end, Mailbox)
    assert end.encryption == "mail-crypt/2026.pem (MAIL_CRYPT=global)"


def test_straight_to_the_mx() -> None:
    end = remote(Mail(BEN, ALICE, login=ALICE))
    assert (end.transport, end.next_hop, end.login) == ("smtp", "the MX of far.example", False)
    assert (end.tls, end.tls_why) == ("may", "TLS if offered")


def test_a_relay_host_of_the_senders_domain() -> None:
    end = remote(Mail(BEN, "carol@c.example", login="carol@c.example"))
    assert (end.transport, end.next_hop) == ("relay-relay.example-587", "[relay.example]:587")
    assert (end.where, end.login, end.login_from) == ("postfix-relaymap.cf:1", True, "postfix-sasl-password.cf:2")
    assert (end.tls, end.tls_why) == ("secure", "a relay host with a login; the certificate must be valid")
    assert "secret-of-relay" not in repr(end)


def test_a_relay_host_for_all_and_who_opts_out() -> None:
    env = {"RELAY_HOST": "hub.example", "RELAY_PORT": "465", "RELAY_USER": "me", "RELAY_PASSWORD": "secret"}
    end = remote(Mail(BEN, ALICE, login=ALICE), **env)
    assert (end.next_hop, end.where, end.login) == ("[hub.example]:465", "RELAY_HOST, environment", True)
    out = remote(Mail(BEN, "dan@d.example", login="dan@d.example"), **env)
    assert (out.next_hop, out.where) == ("the MX of far.example", "postfix-relaymap.cf:2")
    default = remote(Mail(BEN, "dan@d.example", login="dan@d.example"), DEFAULT_RELAY_HOST="[all.example]:25")
    assert (default.transport, default.next_hop) == ("smtp", "[all.example]:25")
    assert default.where == "DEFAULT_RELAY_HOST, environment"
    assert default.tls_why == "a relay host without a login"


def test_forwarded_with_and_without_srs() -> None:
    end = remote(Mail("fwd@a.example", "x@origin.example"), ENABLE_SRS="1", SRS_DOMAINNAME="a.example")
    assert end.srs == "SRS0=…=…=origin.example=x@a.example"
    assert end.where == "ENABLE_SRS, environment"
    assert not remote(Mail("fwd@a.example", ""), ENABLE_SRS="1").srs, "a bounce has no sender"
    assert not remote(Mail("fwd@a.example", "x@origin.example")).srs


def test_tls_of_the_policies() -> None:
    mail = Mail(BEN, ALICE, login=ALICE)
    assert remote(mail, ENABLE_DANE="1").tls == "dane"
    assert remote(mail, ENABLE_MTA_STS="1").tls_why.startswith("its MTA-STS policy (ENABLE_MTA_STS)")
    own = {"postfix-main.cf": "# own\nsmtp_tls_security_level = encrypt\n"}
    assert remote(mail, own).tls_why == "your own smtp_tls_security_level (postfix-main.cf:2)"


def test_the_operators_own_transport() -> None:
    own = {"postfix-main.cf": "transport_maps = static:smtp:[own.example]:26\n"}
    world = Given({("static:smtp:[own.example]:26", BEN): "smtp:[own.example]:26"})
    [end] = trace(FILES | own, Mail(BEN, ALICE, login=ALICE), world).ends
    assert isinstance(end, Remote)
    assert (end.next_hop, end.where) == ("[own.example]:26", f"your own transport_maps: {BEN} (postfix-main.cf:1)")
