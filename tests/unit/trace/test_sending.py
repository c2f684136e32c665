from __future__ import annotations

from mailwright.trace.mail import Mail, Trace
from tests.container.deployments import KEY
from tests.unit.trace.world import accounts, trace

ALICE, BEN = "alice@a.example", "ben@far.example"
FILES = {
    "postfix-accounts.cf": accounts(ALICE, "carol@c.example"),
    "postfix-virtual.cf": f"team@c.example {ALICE}\n",
    "opendkim/keys/a.example/mail.private": KEY,
    "opendkim/keys/c.example/s1.private": KEY,
}


def of(mail: Mail, **environ: str) -> Trace:
    return trace(FILES, mail, **environ)


def test_a_login_and_its_limits() -> None:
    sending = of(Mail(BEN, ALICE, login=ALICE)).sending
    assert sending
    assert (sending.may_send, sending.owners) == (True, (ALICE,))
    assert sending.limits[0] == "500 recipients an hour (SUBMISSION_LIMIT)"
    other = of(Mail(BEN, "carol@c.example", login=ALICE))
    assert other.sending
    assert (other.sending.may_send, other.sending.owners) == (False, ("carol@c.example",))
    free = of(Mail(BEN, "carol@c.example", login=ALICE), SPOOF_PROTECTION="0").sending
    assert free
    assert free.may_send
    assert of(Mail(ALICE, BEN)).sending is None


def test_the_keys_that_sign() -> None:
    assert of(Mail(BEN, ALICE, login=ALICE)).signed == ("mail._domainkey.a.example",)
    assert of(Mail(BEN, "team@c.example", login=ALICE)).signed == ("s1._domainkey.c.example",)
    for mail, env, why in (
        (Mail(BEN, "carol@c.example", login=ALICE), {}, f"{ALICE} may not send as carol@c.example"),
        (Mail(BEN, "x@d.example", login=ALICE), {"SPOOF_PROTECTION": "0"}, f"{ALICE} has no address in d.example"),
        (Mail(ALICE, BEN), {}, "mail of other servers is never signed"),
        (Mail(BEN, "", login=ALICE), {}, "no From is known; the domain of From decides"),
        (Mail(BEN, ALICE, login=ALICE), {"ENABLE_RSPAMD": "0"}, "ENABLE_RSPAMD=0: nothing signs"),
    ):
        made = of(mail, **env)
        assert (made.signed, made.signed_why) == ((), why)


def test_a_dkim_signing_conf_of_the_operator() -> None:
    made = trace(FILES | {"rspamd/override.d/dkim_signing.conf": "enabled = true;\n"}, Mail(BEN, ALICE, login=ALICE))
    assert made.signed_why == "your own rspamd/override.d/dkim_signing.conf decides, not traced"
