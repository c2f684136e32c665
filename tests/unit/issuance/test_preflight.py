from __future__ import annotations

import pytest

from mailwright.dns.questions import Answer, Unanswered
from mailwright.issuance.preflight import PATH, Answered, fetch, judged

HOST, TOKEN = "mail.example.com", "mailwright-word"
HERE = f"{HOST}{PATH}{TOKEN}"
WORD = Answered("", TOKEN.encode())


@pytest.mark.parametrize(
    ("answers", "followed", "reached"),
    [
        ({f"http://{HERE}": WORD}, 0, True),
        ({f"http://{HERE}": Answered("", TOKEN.encode() + b"x")}, 0, False),
        ({f"http://{HERE}": Answered("", b"")}, 5, False),
        # A reverse proxy that redirects, as Caddy and Traefik do.
        ({f"http://{HERE}": Answered(f"https://{HERE}", b""), f"https://{HERE}": WORD}, 5, True),
        ({f"http://{HERE}": Answered(f"https://{HERE}", b""), f"https://{HERE}": WORD}, 0, False),
        ({f"http://{HERE}": Answered(f"{PATH}other", b""), f"http://{HOST}{PATH}other": WORD}, 5, True),
        ({f"http://{HERE}": Answered(f"http://{HERE}", b"")}, 5, False),
        # Where no CA goes.
        ({f"http://{HERE}": Answered(f"https://{HOST}:8443/", b""), f"https://{HOST}/": WORD}, 5, False),
        ({f"http://{HERE}": Answered("ftp://a.test/", b""), "ftp://a.test/": WORD}, 5, False),
        ({f"http://{HERE}": Answered("https://[broken", b"")}, 5, False),
        ({}, 5, False),
    ],
)
def test_the_word_is_fetched_as_a_ca_does(answers: dict[str, Answered], followed: int, reached: bool) -> None:
    def get(scheme: str, host: str, _name: str, path: str, _length: int) -> Answered:
        try:
            return answers[f"{scheme}://{host}{path}"]
        except KeyError:
            raise ConnectionRefusedError from None

    assert fetch(HOST, HOST, TOKEN, followed, get) is reached


WEB, OWN = f"mta-sts.{HOST}", ("192.0.2.1",)


@pytest.mark.parametrize(
    ("answer", "fetched", "why"),
    [
        (OWN, {HOST: True, WEB: True}, ""),
        (OWN, {HOST: False, WEB: False}, ""),  # the router does not lead back: the CA may know better
        (OWN, {HOST: False, WEB: True}, ""),
        (OWN, {HOST: True, WEB: False}, "something else answers on port 80"),
        (("192.0.2.9",), {HOST: True, WEB: True}, ""),  # as a load balancer, or a proxy elsewhere
        (("192.0.2.9",), {HOST: True, WEB: False}, "192.0.2.9, which is not this host's"),
        ((), {HOST: True}, "no address in DNS"),
        (Unanswered("timeout"), {HOST: True}, "timeout"),
    ],
)
def test_a_name_that_does_not_lead_here(answer: Answer, fetched: dict[str, bool], why: str) -> None:
    found = judged(HOST, [HOST, WEB], {HOST: OWN, WEB: answer}, fetched)
    assert HOST not in found
    assert (WEB in found) is bool(why)
    assert not why or why in found[WEB].detail
