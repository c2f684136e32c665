from __future__ import annotations

import pytest

from mailwright.trace.mail import Mail, Says, Trace, internal
from mailwright.trace.restrictions import address_keys, client_keys, in_networks
from tests.unit.trace.world import Given, accounts, trace

ALICE, BEN = "alice@a.example", "ben@far.example"
FILES = {
    "postfix-accounts.cf": accounts(ALICE, "bob@a.example"),
    "postfix-virtual.cf": f"team@a.example {ALICE}\n",
    "postfix-send-access.cf": "bob@a.example REJECT\nspam@far.example 550 5.7.9 go away\n"
    "wait@far.example DEFER later\n",
    "postfix-receive-access.cf": "# rows\nbob@a.example REJECT not here\n",
    "dovecot-quotas.cf": f"{ALICE}:5G\n",
}


def of(mail: Mail, world: Given | None = None, /, **environ: str) -> Trace:
    return trace(FILES, mail, world, **environ)


def rules(made: Trace, says: Says) -> list[str]:
    return [step.rule for step in made.steps if step.says is says]


def to(address: str, text: str) -> str:
    return f"<{address}>: Recipient address rejected: {text}"


def by(address: str, text: str) -> str:
    return f"<{address}>: Sender address rejected: {text}"


VIRTUAL, LOCAL = "virtual mailbox", "local recipient"
UNKNOWN = "User unknown in virtual mailbox table"
NO_LOGIN = "554 5.7.1 <bob@a.example>: SASL login name rejected: Access denied"
SEND, RECEIVE = "postfix-send-access.cf", "postfix-receive-access.cf"


@pytest.mark.parametrize(
    ("mail", "reply", "where"),
    [
        (Mail(ALICE, BEN), "250 2.1.5 Ok", ""),
        (Mail(ALICE, ""), "250 2.1.5 Ok", ""),
        (Mail("no@a.example"), f"550 5.1.1 {to('no@a.example', UNKNOWN)}", ""),
        (Mail("no@mail.example.com"), f"550 5.1.1 {to('no@mail.example.com', UNKNOWN.replace(VIRTUAL, LOCAL))}", ""),
        (Mail(BEN, BEN), f"554 5.7.1 <{BEN}>: Relay access denied", ""),
        (Mail("ben%far.example@a.example"), "554 5.7.1 <ben%far.example@a.example>: Relay access denied", ""),
        (Mail("bob@a.example", BEN), f"554 5.7.1 {to('bob@a.example', 'not here')}", f"{RECEIVE}:2"),
        (Mail("bob+x@a.example", BEN), f"554 5.7.1 {to('bob+x@a.example', 'not here')}", f"{RECEIVE}:2"),
        (Mail(ALICE, "spam@far.example"), f"550 5.7.9 {by('spam@far.example', 'go away')}", f"{SEND}:2"),
        (Mail(ALICE, "wait@far.example"), f"450 4.7.1 {by('wait@far.example', 'later')}", f"{SEND}:3"),
        (Mail(ALICE, "ben@bare"), f"504 5.5.2 {by('ben@bare', 'need fully-qualified address')}", ""),
        (Mail(ALICE, "bob@a.example", login="bob@a.example"), NO_LOGIN, f"{SEND}:1"),
        (Mail(BEN, "team@a.example", login=ALICE), "250 2.1.5 Ok", ""),
        (Mail(BEN, "x@a.example", login=ALICE), f"553 5.7.1 {by('x@a.example', f'not owned by user {ALICE}')}", ""),
        (Mail(ALICE, BEN, size=20_000_000), "552 5.3.4 Message size exceeds fixed limit", ""),
        (Mail("zoë@a.example", BEN), "501 5.1.3 Bad recipient address syntax", ""),
        (Mail(ALICE, "b\x01@far.example"), "501 5.1.7 Bad sender address syntax", ""),
    ],
)
def test_the_answer(mail: Mail, reply: str, where: str) -> None:
    verdict = of(mail).verdict
    assert (verdict.reply, verdict.where, verdict.accepted) == (reply, where, reply.startswith("250"))


def test_a_full_mailbox_and_a_dovecot_that_does_not_answer() -> None:
    full = of(Mail(ALICE, ""), Given(action="552 5.2.2 Quota exceeded"))
    assert full.verdict.reply == f"552 5.2.2 <{ALICE}>: Recipient address rejected: Quota exceeded"
    down = of(Mail(ALICE, ""), Given(down=True))
    assert "check_policy_service unix:/run/dovecot/quota-status" in rules(down, Says.NOT_TRACED)
    assert (down.verdict.accepted, down.verdict.certain) == (True, False)


def test_what_depends_on_dns_is_not_traced() -> None:
    made = of(Mail(ALICE, BEN), POSTFIX_REJECT_UNKNOWN_CLIENT_HOSTNAME="1", ENABLE_DNSBL="1")
    open_rules = ["postscreen_dnsbl_sites", "reject_unknown_client_hostname", "reject_unknown_sender_domain"]
    assert rules(made, Says.NOT_TRACED) == open_rules
    assert not made.verdict.certain
    assert of(Mail(ALICE, "")).verdict.certain


def test_a_client_that_may_relay_and_one_that_is_banned() -> None:
    env = {"PERMIT_DOCKER": "network", "ENABLE_FAIL2BAN": "1"}
    trusted = of(Mail(BEN, BEN, "172.18.0.9"), **env)
    assert trusted.verdict.accepted
    assert "permit_mynetworks" in rules(trusted, Says.PERMITS)
    assert not of(Mail(BEN, BEN, "172.18.0.1"), **env).verdict.accepted, "the gateway"
    banned = of(Mail(ALICE, BEN, "192.0.2.1"), Given(jails=("custom",)), **env)
    assert (banned.verdict.reply, banned.steps[-1].note) == (
        "no connection",
        "banned in custom; FAIL2BAN_BLOCKTYPE=drop",
    )
    unknown = of(Mail(ALICE, BEN, "192.0.2.1"), Given(down=True), **env)
    assert "fail2ban" in rules(unknown, Says.NOT_TRACED)


def test_the_rule_that_refuses_relaying_for_now() -> None:
    """It ends the list of Postfix's own default, which operators have in postfix-main.cf."""
    files = FILES | {"postfix-main.cf": "smtpd_relay_restrictions = permit_mynetworks, defer_unauth_destination\n"}
    assert trace(files, Mail(BEN, BEN)).verdict.reply == f"454 4.7.1 <{BEN}>: Relay access denied"
    assert trace(files, Mail(ALICE, BEN)).verdict.accepted


def test_the_operators_own_rules() -> None:
    main = (
        "smtpd_recipient_restrictions = $mailwright_smtpd_recipient_restrictions, warn_if_reject reject,\n"
        "  check_client_access cidr:/etc/nets, reject_rbl_client bl.example, check_recipient_access hash:/etc/own\n"
    )
    files = FILES | {"postfix-main.cf": main}
    mail = Mail(ALICE, "", "192.0.2.1")
    made = trace(files, mail, Given({("hash:/etc/own", "a.example"): "REJECT closed"}))
    assert made.verdict.reply == f"554 5.7.1 <{ALICE}>: Recipient address rejected: closed"
    assert made.verdict.where == "postfix-main.cf:1"
    [own] = [step for step in made.steps if step.rule == "reject_rbl_client bl.example"]
    assert (own.says, own.where) == (Says.NOT_TRACED, "postfix-main.cf:1")
    permitted = trace(files, mail, Given({("cidr:/etc/nets", "192.0.2.1"): "OK"}))
    assert rules(permitted, Says.PERMITS) == ["check_client_access cidr:/etc/nets"]
    assert permitted.verdict.accepted


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("data", "554 5.7.1 <DATA>: Data command rejected: Access denied"),
        ("end_of_data", "554 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: Access denied"),
    ],
)
def test_what_is_asked_after_the_recipients(stage: str, reply: str) -> None:
    ours = f"smtpd_{stage}_restrictions"
    files = FILES | {"postfix-main.cf": f"{ours} = $mailwright_{ours}, reject\n"}
    assert trace(files, Mail(ALICE, "")).verdict.reply == reply
    full = Given(action="552 5.2.2 Quota exceeded")
    assert "5.2.2" in trace(files, Mail(ALICE, ""), full).verdict.reply


def test_a_login_without_a_port() -> None:
    made = of(Mail(BEN, ALICE, login=ALICE), ENABLE_SUBMISSION="0")
    assert (made.verdict.accepted, made.verdict.reply) == (False, "neither 587 nor 465 is open")
    assert of(Mail(BEN, ALICE, login=ALICE), ENABLE_SUBMISSION="0", ENABLE_SUBMISSIONS="1").port == "submissions/inet"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (" a@b.example ", "a@b.example"),
        ("@x.example,@y.example:a@b.example", "a@b.example"),
        ('"a b"@b.example', "a b@b.example"),
        (r'"a\"b"@b.example', 'a"b@b.example'),
        ("a@b.example.", "a@b.example"),
        ("postmaster", "postmaster"),
    ],
)
def test_an_address_as_postfix_reads_it(written: str, read: str) -> None:
    assert internal(written) == read


def test_keys_of_access_tables() -> None:
    assert address_keys("a+x@b.example") == ("a+x@b.example", "a@b.example", "b.example", "example", "a+x@", "a@")
    assert address_keys(None) == ()
    assert client_keys("192.0.2.1") == ("192.0.2.1", "192.0.2", "192.0", "192")
    assert client_keys("2001:db8::1") == ("2001:db8::1",)
    assert in_networks(["!192.0.2.1", "192.0.2.0/24", "[2001:db8::]/32"], "2001:db8::1")
    assert not in_networks(["!192.0.2.1", "192.0.2.0/24"], "192.0.2.1")
