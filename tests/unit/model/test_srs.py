from __future__ import annotations

import re
from dataclasses import replace

import pytest

from mailwright.core import paths
from mailwright.core.problems import ConfigurationError
from mailwright.model.building import build
from mailwright.model.reading import Reading
from mailwright.model.sources import Unreadable
from mailwright.render.tree import render
from tests.unit.operator import ACCOUNTS, HASH, mailserver, refused, sources

FORWARDS = ACCOUNTS | {"postfix-virtual.cf": "fwd@example.org someone@outside.example\n"}
SRS = {"ENABLE_SRS": "1", "SRS_DOMAINNAME": "example.com"}


def text(path: str, config: dict[str, str] | None = None, /, **environ: str) -> str:
    return render(mailserver(FORWARDS if config is None else config, **SRS | environ))[path].content


def goes_to(sender: str, **environ: str) -> str:
    """What pcre_table(5) makes of the rendered table: nested ``if !``, then one pattern."""
    for line in text("postfix/srs_senders", **environ).splitlines():
        kind, _, rest = line.partition("/")
        pattern, _, result = rest.partition("/")
        found = re.search(pattern, sender, re.IGNORECASE)
        if kind == "if !" and found:
            return ""
        if kind == "" and found:
            return result.strip()
    return ""


def test_off_nothing_is_there() -> None:
    tree = render(mailserver(FORWARDS))
    assert not [path for path in tree if "srs" in path]
    assert "srs" not in tree["postfix/main.cf"].content + tree["postfix/master.cf"].content


@pytest.mark.parametrize(
    ("sender", "signed"),
    [
        ("dave@outside.example", True),
        ("dave@notexample.com", True),
        ("dave@example.com.outside.example", True),
        ("alice@example.com", False),
        ("Alice@EXAMPLE.com", False),
        ("fwd@example.org", False),
        ("root@mail.example.com", False),
        ("SRS0=AAAA=JM=outside.example=dave@example.com", False),
        ("SRS0=AAAA=JM=outside.example=dave@forwarder.example", True),
        ("<>", False),
        ("dave@partner.example", False),
        ("dave@sub.partner.example", True),
        ("dave@trusted.example", True),
        ("dave@a.b.trusted.example", False),
    ],
)
def test_senders_of_others_are_signed(sender: str, signed: bool) -> None:
    found = goes_to(sender, SRS_EXCLUDE_DOMAINS=" partner.example,.trusted.example")
    assert found == ("srs:[127.0.0.1]:10003" if signed else "")


def test_a_server_without_ipv4_meets_itself_on_ipv6() -> None:
    assert goes_to("dave@outside.example", POSTFIX_INET_PROTOCOLS="ipv6") == "srs:[::1]:10003"
    assert "\n[::1]:10003 inet" in text("postfix/master.cf", POSTFIX_INET_PROTOCOLS="ipv6")
    assert " -l::1 " in text("supervisor/supervisord.conf", POSTFIX_INET_PROTOCOLS="ipv6")


@pytest.mark.parametrize(
    ("environ", "route"),
    [
        ({}, "smtp:$relayhost"),
        ({"DEFAULT_RELAY_HOST": "[relay.example.net]:25"}, "smtp:$relayhost"),
        ({"DEFAULT_RELAY_HOST": "[relay.example.net]:465"}, "$default_transport"),
        ({"RELAY_HOST": "relay.example.net"}, "smtp:[relay.example.net]:25"),
        ({"RELAY_HOST": "relay.example.net", "SRS_DOMAINNAME": "mail.example.com"}, "smtp:$relayhost"),
    ],
)
def test_signed_mail_leaves_as_mail_of_the_srs_domain(environ: dict[str, str], route: str) -> None:
    assert f"  -o content_filter={route}\n" in text("postfix/master.cf", **environ)


@pytest.mark.parametrize(
    ("words", "classes"),
    [
        ("envelope_sender", "envelope_sender"),
        ("header_sender", "header_sender"),
        ("both", "envelope_sender,header_sender"),
        ("envelope_sender,header_sender", "envelope_sender,header_sender"),
    ],
)
def test_classes(words: str, classes: str) -> None:
    assert f"  -o sender_canonical_classes={classes}\n" in text("postfix/master.cf", SRS_SENDER_CLASSES=words)


def test_secrets_lie_in_a_file_for_root() -> None:
    file = render(mailserver(FORWARDS, **SRS, SRS_SECRET="new, old"))["postsrsd/secret"]
    assert (file.content, file.mode, file.secret) == ("new\nold\n", 0o600, True)
    assert text("postsrsd/secret") == "secret-of-the-state\n"


def test_without_a_secret_nothing_is_signed() -> None:
    given = sources(FORWARDS, **SRS)
    given = replace(given, files={**given.files, paths.SRS_SECRET: Unreadable("does not exist")})
    with pytest.raises(ConfigurationError, match="the SRS secret does not exist"):
        build(Reading.of(given))


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"ENABLE_SRS": "1", "SRS_SECRET": "hunter2 hunter3"}, "SRS_SECRET: the value contains a secret that is"),
        (
            {"ENABLE_SRS": "1", "SRS_SECRET": "hunter2,,hunter3"},
            "SRS_SECRET: the value contains a secret that is",
        ),
        ({"ENABLE_SRS": "1", "SRS_EXCLUDE_DOMAINS": "a b"}, "SRS_EXCLUDE_DOMAINS: 'a b' is not a domain name"),
        ({"ENABLE_SRS": "1", "SRS_SENDER_CLASSES": "envelop"}, "is not one of envelope_sender"),
        ({"SRS_SECRET": "hunter2"}, "warning: environment: SRS_SECRET: has no effect without ENABLE_SRS=1"),
        ({"ENABLE_SRS": "1", "SRS_DOMAINNAME": "srs.example.com"}, "srs.example.com is not one of our mail domains"),
    ],
)
def test_what_is_told(environ: dict[str, str], words: str) -> None:
    told = [line for line in refused(**environ) if "SRS" in line]
    assert [words in line for line in told] == [True]
    assert "hunter" not in "".join(told)


def test_without_dovecot_the_domains_are_those_of_aliases() -> None:
    config = {"postfix-accounts.cf": f"alice@example.com|{HASH}\n", "postfix-virtual.cf": "a@example.org b@c.example\n"}
    assert not [it for it in refused(config, ENABLE_SRS="1") if "SRS" in it]
    told = refused(config, ENABLE_SRS="1", SMTP_ONLY="1")
    assert [it for it in told if "SRS_DOMAINNAME: example.com is not one of our mail domains" in it]
