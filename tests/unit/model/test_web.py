"""The names that the web server answers for."""

from __future__ import annotations

from dataclasses import replace

from mailwright.model.inputs import Inputs
from mailwright.model.web import Role, Site, Web, web
from tests.unit.operator import ACCOUNTS, Elsewhere, inputs


def on(**environ: str) -> Inputs:
    return inputs(ACCOUNTS, ENABLE_WEB="1", **environ)


def test_nothing_is_there_while_it_is_off() -> None:
    assert web(inputs()) == (None, [])


def test_three_names_of_each_domain_and_the_host_name() -> None:
    made, problems = web(on())
    assert problems == []
    assert made == Web(
        (
            Site("autoconfig.example.com", Role.AUTOCONFIG, "example.com"),
            Site("autodiscover.example.com", Role.AUTODISCOVER, "example.com"),
            Site("mta-sts.example.com", Role.MTA_STS, "example.com"),
            Site("mail.example.com", Role.HOST),
        )
    )
    assert made
    assert made.domains == ("example.com",)


def test_the_host_name_wins_over_a_domains_name() -> None:
    made, _ = web(on(OVERRIDE_HOSTNAME="autoconfig.example.com"))
    assert made
    assert [site.role for site in made.sites if site.name == "autoconfig.example.com"] == [Role.HOST]


def test_domains_that_only_look_ups_know() -> None:
    made, _ = web(replace(on(), provisioner=Elsewhere()))
    assert made
    assert made.any_domain
    assert [site.name for site in made.sites] == ["mail.example.com"]


def test_a_gateway_does_not_speak_for_clients() -> None:
    made, [problem] = web(on(WEB_BEHIND_PROXY="172.18.0.0/30"))
    assert made
    assert made.proxies == ("172.18.0.2/31", "172.18.0.0/32")
    assert "WEB_BEHIND_PROXY: clients behind Docker's proxy have the address 172.18.0.1" in str(problem)


def test_a_proxy_without_a_web_server() -> None:
    _, [problem] = web(inputs(ACCOUNTS, WEB_BEHIND_PROXY="10.0.3.7"))
    assert str(problem) == "environment: WEB_BEHIND_PROXY: has no effect without ENABLE_WEB=1"
    assert problem.warning
