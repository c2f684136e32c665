"""A run against a CA that is a function: what is ordered, kept, left out, and when it is tried again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.dns.questions import Unanswered
from mailwright.issuance import keys, schedule, store
from mailwright.issuance.plan import Planned
from mailwright.issuance.request import OURS, Failure, Wanted
from tests.unit.issuance.world import DAY, HOST, HOUR, IMAP, NOW, PLAN, STS, WEB, World, issued


def test_the_first_certificate(world: World) -> None:
    run = world.run(NOW)
    found = store.stored(HOST)
    assert found.certificate
    assert found.certificate.names == (HOST, IMAP)
    assert (store.LIVE / f"{HOST}.pem").stat().st_mode & 0o777 == 0o600
    assert not run.status.records[HOST].error
    assert world.told[0].startswith(f"info: certificate for {HOST}, {IMAP}, valid until ")


def test_renewed_at_a_third_with_the_same_key(world: World) -> None:
    world.run(NOW)
    before = store.stored(HOST)
    world.run(NOW + 59 * DAY)
    assert len(world.ca.orders) == 1
    world.run(NOW + 61 * DAY)
    after = store.stored(HOST)
    assert len(world.ca.orders) == 2
    assert after.key == before.key
    assert after.certificate != before.certificate


def test_a_failure_waits_longer_each_time_also_over_a_restart(world: World) -> None:
    world.ca.refused = {HOST: Failure("connection", "refused")}
    now, waits = NOW, []
    for _ in range(8):
        record = world.run(now).status.records[HOST]
        waits.append(record.next_try - now)
        orders = len(world.ca.orders)
        world.run(now + 1)  # as after a restart
        assert len(world.ca.orders) == orders
        now = record.next_try
    assert waits == [600, 1200, 2400, 4800, 9600, 19200, 38400, 43200]
    assert "publish port 80" in world.told[0]
    assert "next try at" in world.told[0]


def test_other_settings_are_tried_at_once_but_not_without_end(world: World) -> None:
    world.ca.refused = {HOST: Failure("caa")}
    for number in range(12):
        world.run(NOW + number, replace(PLAN, digest=str(number)))
    assert len(world.ca.orders) == schedule.PER_HOUR
    world.run(NOW + 2 * HOUR, replace(PLAN, digest="later"))
    assert len(world.ca.orders) == schedule.PER_HOUR + 1


def test_a_ca_that_wants_to_be_left_is_left(world: World) -> None:
    world.ca.whole, world.ca.retry_after = Failure("rateLimited", "too many"), 5 * HOUR
    run = world.run(NOW)
    assert run.status.next_run >= NOW + 5 * HOUR
    for number in range(5):
        world.run(NOW + number * HOUR, replace(PLAN, digest=str(number)))
    assert len(world.ca.orders) == 1


def test_a_ca_cannot_be_left_for_ever(world: World) -> None:
    world.ca.whole, world.ca.retry_after = Failure("rateLimited", "never"), 1e15
    run = world.run(NOW)
    assert run.status.next_run <= NOW + DAY
    world.ca.whole, world.ca.retry_after = None, 0.0
    world.run(NOW + 8 * DAY)
    assert store.stored(HOST).certificate


def test_a_name_elsewhere_stops_no_other(world: World) -> None:
    world.ca.elsewhere = {IMAP: Failure(OURS, "has the address 192.0.2.9, which is not this host's")}
    run = world.run(NOW)
    assert world.ca.orders == [(HOST,)]
    assert "192.0.2.9" in run.status.records[HOST].left_out[IMAP]
    assert run.status.next_run <= NOW + HOUR
    world.run(NOW + HOUR)
    assert len(world.ca.orders) == 1
    assert [text for text in world.told if "left out" in text] == [world.told[0]]
    world.ca.elsewhere = {}
    world.run(NOW + 2 * HOUR)
    assert world.ca.orders[1:] == [(HOST, IMAP)]


def test_a_name_that_the_ca_refuses_stops_no_other(world: World) -> None:
    world.ca.refused = {IMAP: Failure("unauthorized", "404")}
    world.run(NOW)
    assert world.ca.orders == [(HOST, IMAP), (HOST,)]
    found = store.stored(HOST).certificate
    assert found
    assert found.names == (HOST,)


def test_a_refused_name_is_asked_about_once_a_day_and_leads_to_no_further_certificates(world: World) -> None:
    world.ca.refused = {IMAP: Failure("rejectedIdentifier", "policy")}
    for hour in range(24):
        record = world.run(NOW + hour * HOUR).status.records[HOST]
        assert "policy" in record.left_out[IMAP]
    assert world.ca.orders == [(HOST, IMAP), (HOST,)]
    before = store.stored(HOST).certificate
    world.run(NOW + 25 * HOUR)
    assert world.ca.orders == [(HOST, IMAP), (HOST,), (HOST, IMAP)]
    assert store.stored(HOST).certificate == before
    world.ca.refused = {}
    world.run(NOW + 50 * HOUR)
    assert world.ca.orders[3:] == [(HOST, IMAP)]
    world.run(NOW + 51 * HOUR)
    assert len(world.ca.orders) == 4


def test_a_forced_renewal_comes_also_with_a_name_that_is_refused(world: World) -> None:
    world.ca.refused = {IMAP: Failure("rejectedIdentifier", "policy")}
    world.run(NOW)
    before = store.stored(HOST).certificate
    world.run(NOW + HOUR, force=True)
    assert store.stored(HOST).certificate != before


def test_names_of_the_web_server_are_no_failure(world: World) -> None:
    world.ca.elsewhere = {name: Failure(OURS, "has no address in DNS") for name in WEB.orders[1].names}
    run = world.run(NOW, WEB)
    assert world.ca.orders == [(HOST, IMAP)]
    assert not [text for text in world.told if text.startswith(("warn", "error"))]
    assert set(run.status.records[WEB.orders[1].name].left_out) == set(WEB.orders[1].names)
    del world.ca.elsewhere[STS]
    world.run(NOW + HOUR, WEB)
    assert world.ca.orders[1:] == [(STS,)]


def test_the_host_name_without_an_address_asks_no_ca(world: World) -> None:
    world.ca.elsewhere = {HOST: Failure(OURS, "has no address in DNS", "an A record")}
    run = world.run(NOW)
    assert not world.ca.orders
    assert run.errors == [f"{HOST}: {HOST} has no address in DNS (hint: an A record)"]


def test_a_name_without_answer_today_stays_in_a_valid_certificate(world: World) -> None:
    world.run(NOW)
    world.ca.elsewhere = {IMAP: Failure("dns", "no answer")}
    world.run(NOW + DAY)
    assert len(world.ca.orders) == 1


@pytest.mark.parametrize(
    "bad", ["", "rubbish", "x" * (store.LONGEST + 1), "other key", "other name", "expired", "too early"]
)
def test_a_certificate_that_is_none_is_not_kept(world: World, bad: str) -> None:
    def chain(wanted: Wanted, now: float) -> str:
        if bad == "other key":
            return issued(replace(wanted, csr=keys.signing_request(keys.make("ec256"), wanted.names)))
        if bad == "other name":
            return issued(replace(wanted, csr=keys.signing_request(key(), ("mail.example.org",))))
        if bad == "too early":
            return issued(wanted, 90, now + 2 * store.EARLY)
        return issued(wanted, 1, now - 5 * DAY) if bad == "expired" else bad

    def key() -> str:
        return str(made[-1])

    def remembered(kind: str) -> str:
        made.append(make(kind))
        return made[-1]

    made: list[str] = []
    make = keys.make
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "make", remembered)
        world.ca.chain = chain
        run = world.run(NOW)
    assert store.stored(HOST).certificate is None
    assert "the CA sent" in run.status.records[HOST].error


def test_another_ca_or_other_names_are_another_order(world: World) -> None:
    world.run(NOW)
    world.run(NOW + 1, replace(PLAN, directory="https://other.test/dir", digest="1"))
    world.run(
        NOW + 2, replace(PLAN, directory="https://other.test/dir", digest="2", orders=(Planned((HOST,), frozenset()),))
    )
    assert world.ca.orders == [(HOST, IMAP), (HOST, IMAP), (HOST,)]


def test_another_kind_of_key_waits_for_dns_if_dane_is_in_use(world: World) -> None:
    world.run(NOW)
    old = store.stored(HOST).key
    rsa = replace(PLAN, key_type="ec384", digest="rsa")
    world.tlsa = ("3 1 1 ab12",)
    for answer in (("3 1 1 ab12",), Unanswered("no")):
        world.tlsa = answer
        world.run(NOW + 1, rsa)
        assert store.stored(HOST).key == old
    following = store.stored(HOST).next_key
    digest = next(text for text in world.told if "waits until DNS has" in text).split("TLSA 3 1 1 ")[1].rstrip("`")
    world.tlsa = ("3 1 1 ab12", f"3 1 1 {digest.upper()}")
    world.run(NOW + 2 * HOUR, rsa)
    assert store.stored(HOST).key == old  # resolvers may have the old records
    world.run(NOW + 2 * HOUR + DAY, rsa)
    assert store.stored(HOST).key == following
    assert not store.stored(HOST).next_key


def test_another_kind_of_key_without_dane_is_used_at_once(world: World) -> None:
    world.run(NOW)
    world.tlsa = ("2 1 1 ab12",)  # for the issuer, whose key stays
    world.run(NOW + 1, replace(PLAN, key_type="rsa2048", digest="rsa"))
    assert keys.kind(store.stored(HOST).key) == "rsa2048"


def test_a_broken_state_is_named_and_replaced(world: World) -> None:
    world.run(NOW)
    store.STATUS.write_text('{"records": 7}')
    (store.LIVE / f"{HOST}.pem").write_text("rubbish")
    world.run(NOW + 1)
    assert any("status.json is broken" in text for text in world.told)
    assert store.stored(HOST).certificate


def test_a_clock_that_was_wrong_stops_nothing(world: World) -> None:
    world.ca.refused = {HOST: Failure("caa")}
    world.run(NOW + 1000 * DAY)
    world.ca.refused = {}
    world.run(NOW)
    assert store.stored(HOST).certificate
