"""nginx's server blocks: which names share one, with which certificate, and which paths each answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.formats.certificates import Certificate, certificate
from mailwright.model.mailserver import Mailserver
from mailwright.model.sni import NamedCertificate
from mailwright.model.web import Role
from mailwright.render.tree import render
from mailwright.services.web.route import Document, Route
from mailwright.services.web.routes import ROUTES
from mailwright.services.web.servers import servers
from tests.pki import pair
from tests.unit.operator import ACCOUNTS, mailserver


def door(*named: NamedCertificate, any_domain: bool = False, **environ: str) -> Mailserver:
    made = mailserver(ACCOUNTS, ENABLE_WEB="1", **environ)
    assert made.web
    return replace(made, sni=named, web=replace(made.web, any_domain=any_domain))


def named(name: str, *answers: str) -> NamedCertificate:
    chain, key = pair(*answers)
    made = certificate(chain, key, name, name)
    assert isinstance(made, Certificate)
    return NamedCertificate(name, made, answers)


def blocks(made: Mailserver) -> dict[str, str]:
    """Name → the file of its certificate."""
    return {name: one.pairs[0][0] for one in servers(made, ROUTES, "/etc") for name in one.names}


def test_every_name_has_the_servers_certificate() -> None:
    assert blocks(door()) == dict.fromkeys(
        ("autoconfig.example.com", "autodiscover.example.com", "mta-sts.example.com", "mail.example.com"),
        "/etc/dms/tls/cert",
    )


def test_a_certificate_that_is_for_the_name_wins_over_a_wildcard() -> None:
    wild, exact = named("x.example.com", "*.example.com"), named("y.example.com", "mta-sts.example.com")
    assert blocks(door(wild, exact, OVERRIDE_HOSTNAME="mail.host.test")) == {
        "autoconfig.example.com": "/etc/dms/tls/sni/x.example.com.cert",
        "autodiscover.example.com": "/etc/dms/tls/sni/x.example.com.cert",
        "mail.host.test": "/etc/dms/tls/cert",
        "mta-sts.example.com": "/etc/dms/tls/sni/y.example.com.cert",
    }


def test_domains_that_are_not_known_are_recognized_by_the_label() -> None:
    made = door(named("mail.other.test", "mail.other.test", "mta-sts.other.test"), any_domain=True)
    found = blocks(made)
    assert found["mta-sts.other.test"] == "/etc/dms/tls/sni/mail.other.test.cert"
    assert '"~^mta-sts\\.[a-z0-9-]+(?:\\.[a-z0-9-]+)+$"' in found
    assert "mail.other.test" not in found


def test_a_name_that_is_not_ours_gets_the_paths_without_a_name() -> None:
    document = Document("a.txt", lambda _: "a\n")
    routes = (Route("/all", "", document), Route("/sts", "", document, (Role.MTA_STS,)))
    answered = {one.names or "others": [route.path for route in one.routes] for one in servers(door(), routes, "/etc")}
    assert answered["others"] == ["/all"]
    assert answered["mail.example.com",] == ["/all"]
    assert answered["mta-sts.example.com",] == ["/all", "/sts"]


@pytest.mark.parametrize("enabled", ["0", "1"])
def test_nothing_is_rendered_while_it_is_off(enabled: str) -> None:
    tree = render(mailserver(ACCOUNTS, ENABLE_WEB=enabled))
    there = {path.partition("/")[0] for path in tree} & {"nginx", "web"}
    assert there == ({"nginx", "web"} if enabled == "1" else set())
    assert ("nginx" in tree["supervisor/supervisord.conf"].content) is (enabled == "1")
