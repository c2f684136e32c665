from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from mailwright.model.operator_tables import wanted_paths
from mailwright.model.overrides import Overrides, overrides
from tests.unit.operator import inputs, interfaces, told

GATEWAY = "172.18.0.1"


def guarded(value: str, master: str = "") -> tuple[Overrides, list[str]]:
    given = inputs({"postfix-main.cf": f"biff = yes\nmynetworks ={value}\n", "postfix-master.cf": master})
    machine = replace(
        given.sources, interfaces=interfaces("eth0 172.18.0.2/16"), gateways=(IPv4Address(GATEWAY),), config={}
    )
    found, problems = overrides(replace(given, reading=replace(given.reading, sources=machine)))
    return found, told(problems)


@pytest.mark.parametrize(
    "value",
    [
        " 127.0.0.0/8 172.16.0.0/12",
        " 127.0.0.0/8,172.16.0.0/12",
        "127.0.0.0/8\n  # comment\n  172.18.0.0/16",
        "\n  172.18.0.0/16",
        " hash:/tmp/docker-mailserver/nets",
        " cidr:/tmp/docker-mailserver/nets, 10.0.0.0/8",
        " $other",
    ],
)
def test_gateways_are_kept_out_of_the_operators_mynetworks(value: str) -> None:
    found, [problem] = guarded(value)
    assert found.main_file
    assert found.main_file.text == f"biff = yes\nmynetworks = !{GATEWAY}{value}\n"
    assert problem.startswith("warning: postfix-main.cf:2: mynetworks: clients in it send without a login; not so 172")


@pytest.mark.parametrize(
    "value", ["", " 127.0.0.0/8", " 192.168.1.0/24 [fd00::1]/128", f" {GATEWAY}", f" 10.0.0.0/8 {GATEWAY}/32"]
)
def test_other_values_stay_as_they_are(value: str) -> None:
    """A gateway that is named by itself is a deliberate choice."""
    found, problems = guarded(value)
    assert found.main_file
    assert found.main_file.text == f"biff = yes\nmynetworks ={value}\n"
    assert problems == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("10.0.0.0/8 # office\n", ""),
        ("10.0.0.0/8\n0.0.0.0/0\n", "mynetworks: 0.0.0.0/0 would let strangers send"),
        (None, "mynetworks: /tmp/docker-mailserver/nets does not exist"),
    ],
)
def test_files_of_networks_are_read(text: str | None, problem: str) -> None:
    path = "/tmp/docker-mailserver/nets"
    given = inputs({"postfix-main.cf": f"mynetworks = 127.0.0.0/8 {path}\n"})
    assert wanted_paths(given.sources) == (path,)
    files = {path: text.encode()} if text is not None else {}
    machine = replace(given.sources, files=files, interfaces=(), gateways=())
    _, problems = overrides(replace(given, reading=replace(given.reading, sources=machine)))
    assert [str(each).startswith(f"postfix-main.cf:1: {problem}") for each in problems] == ([True] if problem else [])


@pytest.mark.parametrize("word", ["0.0.0.0/0", "[::]/0", "::/0", "static:all", "128.0.0.0/1", "[2000::]/3"])
def test_networks_of_strangers_are_refused(word: str) -> None:
    _, problems = guarded(f" 127.0.0.0/8 {word}")
    assert problems[0] == (
        f"postfix-main.cf:2: mynetworks: {word} would let strangers send through this server"
        " (hint: name the networks of your own clients)"
    )


def test_a_reference_does_not_hide_a_network_of_strangers() -> None:
    _, problems = guarded(" $nets\nnets = 127.0.0.0/8 ${more}\nmore = 0.0.0.0/0")
    assert problems[0].startswith("postfix-main.cf:2: mynetworks: 0.0.0.0/0 would let strangers send")


def test_options_of_a_service_too() -> None:
    found, problems = guarded("", "smtp/inet/mynetworks=172.16.0.0/12\nsmtp/inet/mynetworks_style=host\n")
    assert [option.value for option in found.master] == [f"!{GATEWAY} 172.16.0.0/12", "host"]
    assert [problem.partition(": mynet")[0] for problem in problems] == ["warning: postfix-master.cf:1"]


@pytest.mark.parametrize("name", ["mydestination", "relay_domains", "virtual_alias_domains", "myorigin"])
def test_files_of_other_lists_must_be_there(name: str) -> None:
    path = "/tmp/docker-mailserver/names"
    given = inputs({"postfix-main.cf": f"{name} = {path}\n"})
    assert wanted_paths(given.sources) == (path,)
    _, problems = overrides(given)
    assert told(problems) == [f"postfix-main.cf:1: {name}: {path} does not exist (hint: Postfix needs it)"]


def test_the_mailname_is_ours() -> None:
    given = inputs({"postfix-main.cf": "myorigin = /etc/mailname\nmydestination = /etc/mailname localhost\n"})
    assert (wanted_paths(given.sources), overrides(given)[1]) == ((), [])
