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
