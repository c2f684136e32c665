"""Which proxies may speak for clients."""

from __future__ import annotations

import pytest

from mailwright.render.tree import render
from tests.unit.operator import ACCOUNTS, mailserver, refused

NET = "PROXY_PROTOCOL_NETWORKS"
NO_RIGHTS = [
    *("mynetworks=", "smtpd_authorized_xclient_hosts=", "smtpd_authorized_xforward_hosts="),
    "milter_macro_v=proxied",
]


def proxies(text: str) -> tuple[str, ...]:
    return mailserver(PROXY_PROTOCOL_NETWORKS=text).proxies


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("10.0.3.7", ("10.0.3.7/32",)),
        ("10.0.0.0/8, 192.0.2.0/24 2001:DB8::/32", ("10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32")),
        ("172.18.0.0/30", ("172.18.0.2/31", "172.18.0.0/32")),  # without the gateway
        ("172.18.0.1", ("172.18.0.1/32",)),  # which is named by itself
        ("172.18.0.0/16,172.18.0.1", ("172.18.0.0/16", "172.18.0.1/32")),
    ],
)
def test_networks(text: str, expected: tuple[str, ...]) -> None:
    assert proxies(text) == expected


def test_a_gateway_that_is_kept_out_is_named() -> None:
    [line] = [line for line in refused(PROXY_PROTOCOL_NETWORKS="172.16.0.0/12") if NET in line]
    assert line.startswith(f"warning: environment: {NET}: clients behind Docker's proxy have the address 172.18.0.1;")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("traefik", "has a word that is not an IP address or network (such as 10.0.3.7 or 10.0.3.0/24)"),
        ("10.0.0.7/8", "has a word that is not an IP address or network"),
        ("10.0.3.7, 0.0.0.0/0", "has a network so wide that strangers are in it; name a smaller one"),
        ("::/0", "has a network so wide that strangers are in it"),
    ],
)
def test_what_is_refused(text: str, what: str) -> None:
    [line] = [line for line in refused(PROXY_PROTOCOL_NETWORKS=text) if NET in line]
    assert line.startswith(f"environment: {NET}: '{text}' {what}")


DOVECOT = """mail_debug = no
haproxy_trusted_networks = 0.0.0.0/0
service imap-login {
  inet_listener mine {
    haproxy = yes
    port = 10143
  }
}
"""


def test_the_setting_and_an_override_of_the_same() -> None:
    config = {**ACCOUNTS, "dovecot.cf": DOVECOT}
    lines = [line for line in refused(config, PROXY_PROTOCOL_NETWORKS="10.0.3.7") if "dovecot.cf" in line]
    assert lines == [
        f"dovecot.cf:2: haproxy_trusted_networks replaces {NET} (hint: delete the line, or the setting)",
        f"dovecot.cf:4: port 10143 is open already: {NET} opens it for proxies "
        "(hint: delete the inet_listener, or the setting)",
    ]
    assert not [line for line in refused(config) if "dovecot.cf" in line]


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("postfix-main.cf", "postscreen_upstream_proxy_protocol = haproxy"),
        ("postfix-master.cf", "submission/inet/smtpd_upstream_proxy_protocol=haproxy"),
    ],
)
def test_an_override_that_believes_everybody(name: str, row: str) -> None:
    [line] = [line for line in refused({**ACCOUNTS, name: f"{row}\n"}) if "upstream" in line]
    assert line.startswith(f"warning: {name}:1: ")
    assert "whoever connects to this port can speak for any client" in line


def test_an_address_in_a_header_that_anybody_sends_gives_no_right() -> None:
    row = "postscreen_upstream_proxy_protocol = haproxy\n"
    config = {**ACCOUNTS, "postfix-main.cf": f"{row}mynetworks = 172.18.0.0/24\n"}
    assert services(config)["smtpd/pass"] == NO_RIGHTS
    assert services({**ACCOUNTS, "postfix-main.cf": row.replace("haproxy", "")})["smtpd/pass"] == []
    assert services(ACCOUNTS)["smtpd/pass"] == []


@pytest.mark.parametrize("name", [right.partition("=")[0] for right in NO_RIGHTS])
@pytest.mark.parametrize("place", ["smtp/inet", "smtpd/pass", "smtpd-proxy/pass", "submission-proxy/pass"])
def test_an_option_cannot_give_that_right_back(place: str, name: str) -> None:
    rows = f"smtp/inet/postscreen_upstream_proxy_protocol=haproxy\n{place}/{name}=10.0.0.7/32\n"
    [line] = [line for line in refused({**ACCOUNTS, "postfix-master.cf": rows}, **{NET: "10.0.3.7"}) if "cf:2" in line]
    what = f"{name}: clients of proxies have no rights by their address, which a PROXY header names"
    assert line == f"postfix-master.cf:2: {what} (hint: delete the line; clients that send need a login)"


def test_an_option_of_the_usual_port_is_not_the_other_s() -> None:
    config = {**ACCOUNTS, "postfix-master.cf": "smtp/inet/mynetworks=10.0.0.7/32\n"}
    given = services(config, **{NET: "10.0.3.7"})
    assert given["smtpd/pass"] == ["mynetworks=10.0.0.7/32"]
    for name in ("smtpd-proxy/pass", "submission-proxy/pass"):
        assert {*NO_RIGHTS} <= {*given[name]}


def test_rspamd_takes_no_address_of_a_header_for_ours() -> None:
    row = "smtp/inet/postscreen_upstream_proxy_protocol=haproxy\n"
    for server in (mailserver(**{NET: "10.0.3.7"}), mailserver({**ACCOUNTS, "postfix-master.cf": row})):
        assert "set_from_ip" in render(server)["rspamd/local.d/rspamd.lua"].content
    assert "set_from_ip" not in render(mailserver())["rspamd/local.d/rspamd.lua"].content


def services(config: dict[str, str], **environ: str) -> dict[str, list[str]]:
    """The options of each service of master.cf."""
    options: dict[str, list[str]] = {}
    for line in render(mailserver(config, **environ))["postfix/master.cf"].content.splitlines():
        words = line.split()
        if not line.startswith((" ", "#")) and words:
            options[f"{words[0]}/{words[1]}"] = last = []
        elif line.startswith("  -o"):
            last.append(line.removeprefix("  -o ").strip("{} "))
    return options
