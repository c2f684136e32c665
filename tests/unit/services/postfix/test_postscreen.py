from __future__ import annotations

import re
from itertools import product

import pytest

from mailwright.core.tree import Tree
from mailwright.services.postfix import POSTFIX
from mailwright.services.postfix.postscreen import (
    DNSBL_SITES,
    DNSBL_THRESHOLD,
    client_event_limit_exceptions,
    postscreen_access,
)
from tests.unit.operator import ACCOUNTS, mailserver

SITE = re.compile(r"(?P<zone>[a-z.]+)=(?P<answers>127\.0\.\S+?)\*(?P<weight>-?\d)")


def rendered(config: dict[str, str] | None = None, /, **environ: str) -> Tree:
    return Tree.of(POSTFIX.files(mailserver(ACCOUNTS | (config or {}), **environ), "/etc"))


def main_cf(name: str, **environ: str) -> str:
    text = rendered(**environ)["postfix/main.cf"].content
    return "".join(line.partition("=")[2].strip() for line in text.splitlines() if line.startswith(f"{name} ="))


def weights() -> dict[str, int]:
    """The largest weight of each list."""
    largest: dict[str, int] = {}
    for site in DNSBL_SITES:
        match = SITE.fullmatch(site)
        assert match, f"{site} counts every answer, a refusal too"
        largest[match["zone"]] = max(int(match["weight"]), largest.get(match["zone"], -9))
    return largest


def test_zen_alone_refuses_and_of_the_others_it_takes_two() -> None:
    blocking = {zone: weight for zone, weight in weights().items() if weight > 0}
    assert [zone for zone, weight in blocking.items() if weight >= DNSBL_THRESHOLD] == ["zen.spamhaus.org"]
    others = sorted(weight for weight in blocking.values() if weight < DNSBL_THRESHOLD)
    assert others[0] + others[1] >= DNSBL_THRESHOLD


def test_a_trusted_sender_gets_past_zen() -> None:
    assert weights()["zen.spamhaus.org"] + weights()["list.dnswl.org"] < DNSBL_THRESHOLD


def counted(answers: str) -> set[str]:
    """The answers that ``127.0.0.[2;10..12]`` and the like stand for (postscreen_dnsbl_sites in postconf(5))."""
    parts = [re.findall(r"(\d+)(?:\.\.(\d+))?", part) for part in re.findall(r"\[[^]]+\]|\d+", answers)]
    numbers = [[n for low, high in part for n in range(int(low), int(high or low) + 1)] for part in parts]
    return {".".join(map(str, address)) for address in product(*numbers)}


@pytest.mark.parametrize(
    "refusal", ["127.255.255.252", "127.255.255.254", "127.255.255.255", "127.0.0.255", "127.0.0.1"]
)
def test_a_list_that_refuses_the_resolver_lists_nobody(refusal: str) -> None:
    assert counted("127.0.0.[2;10..12]") == {"127.0.0.2", "127.0.0.10", "127.0.0.11", "127.0.0.12"}
    assert [site for site in DNSBL_SITES if refusal in counted(SITE.fullmatch(site)["answers"])] == []  # type: ignore[index]


def test_lists_are_asked_only_when_wanted() -> None:
    assert main_cf("postscreen_dnsbl_sites") == ""
    assert main_cf("postscreen_dnsbl_sites", ENABLE_DNSBL="1") == ", ".join(DNSBL_SITES)
    assert main_cf("postscreen_dnsbl_threshold", ENABLE_DNSBL="1") == str(DNSBL_THRESHOLD)


@pytest.mark.parametrize("action", ["enforce", "drop", "ignore"])
def test_action(action: str) -> None:
    environ = {"POSTSCREEN_ACTION": action, "ENABLE_DNSBL": "1"}
    assert main_cf("postscreen_greet_action", **environ) == action
    assert main_cf("postscreen_dnsbl_action", **environ) == action


def test_clients_that_share_an_address_pass_at_once() -> None:
    assert postscreen_access(mailserver()) == "127.0.0.0/8 permit\n::1/128 permit\n172.18.0.1 permit\n"


def test_limits_spare_gateways_which_mynetworks_would_not() -> None:
    server = mailserver(PERMIT_DOCKER="host")
    assert server.mynetworks == ("!172.18.0.1", "127.0.0.0/8", "[::1]/128", "172.18.0.0/16")
    exceptions = client_event_limit_exceptions(server)
    assert exceptions.index("172.18.0.1") < exceptions.index("$mynetworks")
    assert main_cf("smtpd_client_event_limit_exceptions") == "127.0.0.0/8 [::1]/128 172.18.0.1 $mynetworks"


def test_overrides_of_port_25_reach_smtpd() -> None:
    override = "smtp/inet/smtpd_tls_security_level=encrypt\nsmtp/inet/postscreen_greet_wait=3s\n"
    lines = rendered({"postfix-master.cf": override})["postfix/master.cf"].content.splitlines()
    smtp = next(number for number, line in enumerate(lines) if line.startswith("smtp       inet"))
    assert lines[smtp + 1] == "  -o postscreen_greet_wait=3s"
    assert lines[smtp + 2].startswith("smtpd      pass")
    assert lines[smtp + 3] == "  -o smtpd_tls_security_level=encrypt"
