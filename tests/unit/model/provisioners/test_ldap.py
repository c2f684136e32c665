"""ACCOUNT_PROVISIONER=LDAP: variables and files → look-ups, and what is told."""

from __future__ import annotations

import json

import pytest

from mailwright.core.tree import Tree
from mailwright.formats.dovecot_attributes import not_a_path
from mailwright.model.building import build
from mailwright.model.provisioners.ldap import LdapProvisioner
from mailwright.render.tree import render
from tests.pki import pair
from tests.unit import operator

BASE = {
    "ACCOUNT_PROVISIONER": "LDAP",
    "LDAP_SERVER_HOST": "ldaps://ldap.example.com",
    "LDAP_SEARCH_BASE": "ou=people,dc=example,dc=com",
    "LDAP_BIND_DN": "cn=mail,dc=example,dc=com",
    "LDAP_BIND_PW": "pass-of-the-reader",
}
WHERE = "environment: "


def said(config: dict[str, str] | None = None, /, **environ: str) -> list[str]:
    return operator.refused(config or {}, **(BASE | environ))


def tree(config: dict[str, str] | None = None, /, **environ: str) -> Tree:
    return render(operator.mailserver(config or {}, **(BASE | environ)))


def table(tree: Tree, name: str) -> dict[str, str]:
    rows = (line.split(" = ", 1) for line in tree[f"postfix/ldap-{name}.cf"].content.splitlines())
    return {row[0]: row[1] for row in rows}


def relay(tree: Tree, daemon: str) -> dict[str, object]:
    value: dict[str, object] = json.loads(tree["ldap-relay/relay.json"].content)[daemon]
    return value


def test_what_is_needed_is_enough() -> None:
    assert said() == []


def test_postfix_asks_through_the_relay_without_a_password() -> None:
    rendered = tree()
    for name in ("users", "own", "aliases", "groups", "domains", "sender-domains"):
        values = table(rendered, name)
        assert (values["bind"], values["search_base"]) == ("no", BASE["LDAP_SEARCH_BASE"])
        assert "pass-of-the-reader" not in rendered[f"postfix/ldap-{name}.cf"].content
    assert table(rendered, "users")["server_host"] == "ldapi://%2Frun%2Fldap-relay%2Fpostfix%2Fsocket"
    assert table(rendered, "domains")["server_host"] == "ldapi://%2Frun%2Fldap-relay%2Fpostfix%2Fdomains"
    assert table(rendered, "own")["result_format"] == "%S"
    assert table(rendered, "sender-domains")["query_filter"] == "(&(|(mail=*@%d)(mailAlias=*@%d))(mailEnabled=TRUE))"
    assert [name for name in rendered if "pass-of-the-reader" in rendered[name].content] == ["ldap-relay/relay.json"]
    assert (rendered["ldap-relay/relay.json"].mode, rendered["ldap-relay/relay.json"].secret) == (0o400, True)


def test_a_mailbox_comes_before_a_catch_all_and_the_postmaster_last() -> None:
    main = tree()["postfix/main.cf"].content
    aliases = next(line for line in main.splitlines() if line.startswith("virtual_alias_maps"))
    order = ("ldap-own", "ldap-aliases", "ldap-groups", "lmdb:", "postmaster@(.+)")
    assert sorted(order, key=aliases.index) == list(order)
    assert "virtual_alias_domains =\n" in main


def test_domains_that_are_given_are_not_asked_for() -> None:
    rendered = tree(LDAP_DOMAINS="example.com, example.net", RELAY_HOST="relay.example.com", ENABLE_SRS="1")
    assert (
        "virtual_mailbox_domains = inline:{example.com=ours, example.net=ours}" in rendered["postfix/main.cf"].content
    )
    assert not any("domains" in path for path in rendered if path.startswith("postfix/ldap-"))


def test_variables_count_more_than_files_and_files_more_than_defaults() -> None:
    files = {
        "ldap-users.cf": "query_filter = (uid=%s)\nresult_attribute = rfc822\nsearch_base = ou=file\n",
        "ldap-groups.cf": "query_filter = (cn=%u)\nspecial_result_attribute = member\nscope = one\n",
    }
    rendered = tree(files, LDAP_QUERY_FILTER_USER="(mail=%s)", LDAP_EXPANSION_LIMIT="100")
    users, groups = table(rendered, "users"), table(rendered, "groups")
    assert (users["query_filter"], users["result_attribute"]) == (f"(&(mail=%s){not_a_path('mail')})", "rfc822")
    assert users["search_base"] == BASE["LDAP_SEARCH_BASE"]
    assert (groups["query_filter"], groups["special_result_attribute"], groups["scope"]) == ("(cn=%u)", "member", "one")
    assert users["expansion_limit"] == groups["expansion_limit"] == "100"


def test_senders() -> None:
    login_maps = "smtpd_sender_login_maps = "
    main = tree()["postfix/main.cf"].content
    assert f"{login_maps}ldap:/etc/postfix/ldap-users.cf ldap:/etc/postfix/ldap-aliases.cf" in main
    main = tree(LDAP_QUERY_FILTER_SENDERS="(mail=%s)")["postfix/main.cf"].content
    assert f"{login_maps}ldap:/etc/postfix/ldap-senders.cf\n" in main
    assert (
        "ldap:/etc/postfix/ldap-senders.cf"
        in tree({"ldap-senders.cf": "query_filter = (mail=%s)\n"})["postfix/main.cf"].content
    )


def test_dovecot() -> None:
    text = tree(DOVECOT_AUTH_BIND="1", LDAP_QUOTA_ATTRIBUTE="mailQuota", LDAP_QUOTA_UNIT="M",
                POSTFIX_MAILBOX_SIZE_LIMIT="3000000")["dovecot/accounts.conf"].content  # fmt: skip
    assert "  bind = yes\n" in text
    assert "ldap:userPassword" not in text
    assert """userdb_quota/user/quota_storage_size = "%{ldap:mailQuota | default('3') | concat('M')}"\n""" in text
    every = f"(&(&(objectClass=PostfixBookMailAccount)(mail=*)(mailEnabled=TRUE))(mail=*@*){not_a_path('mail')})"
    assert f'iterate_filter = "{every}"' in text
    text = tree(DOVECOT_PASS_FILTER="(uid=%n)", DOVECOT_DEFAULT_PASS_SCHEME="CRYPT")["dovecot/accounts.conf"].content
    assert "  default_password_scheme = CRYPT\n" in text
    assert '    password = "%{ldap:userPassword}"\n' in text
    assert 'filter = "(&(uid=%{user | username})(mail=*@*)' in text
    assert "bind = yes" not in text


def test_dovecot_has_a_directory_of_its_own() -> None:
    rendered = tree(DOVECOT_URIS="ldap1 ldap://ldap2:390", DOVECOT_TLS="yes", DOVECOT_DN="cn=d", DOVECOT_DNPASS="pw",
                    DOVECOT_BASE="ou=other")  # fmt: skip
    values = relay(rendered, "dovecot")
    assert (values["uris"], values["start_tls"]) == (["ldap://ldap1", "ldap://ldap2:390"], True)
    assert (values["bind_dn"], values["bind_pw"]) == ("cn=d", "pw")
    assert relay(rendered, "postfix")["uris"] == ["ldaps://ldap.example.com"]
    assert 'ldap_base = "ou=other"' in rendered["dovecot/accounts.conf"].content
    same = tree(LDAP_SERVER_HOST="ldap.example.com", LDAP_START_TLS="1", LDAP_SERVER_PORT="3890")
    assert relay(same, "dovecot")["uris"] == ["ldap://ldap.example.com:3890"]
    assert relay(same, "dovecot")["start_tls"] is True


def test_the_relay_gets_copies_of_the_certificates() -> None:
    chain, key = pair("client")
    files = {"/ca": chain.encode(), "/cert": chain.encode(), "/key": key.encode()}
    given = operator.reading(
        {}, **BASE, LDAP_TLS_CA_CERT_FILE="/ca", LDAP_TLS_CERT="/cert", LDAP_TLS_KEY="/key"
    ).with_files(files)
    rendered = render(build(given))
    assert rendered["ldap-relay/key.pem"].content == key
    assert rendered["ldap-relay/key.pem"].secret
    tls = relay(rendered, "postfix")["tls"]
    assert isinstance(tls, dict)
    assert (tls["ca_file"], tls["verify"]) == ("/etc/ldap-relay/ca.pem", True)


def test_with_smtp_only_nobody_logs_in() -> None:
    assert "dovecot" not in json.loads(
        tree(SMTP_ONLY="1", POSTFIX_DAGENT="lmtp:inet:mda:24")["ldap-relay/relay.json"].content
    )


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"LDAP_SERVER_HOST": ""}, "LDAP_SERVER_HOST: must be set with ACCOUNT_PROVISIONER=LDAP (hint: such as"),
        ({"LDAP_SEARCH_BASE": ""}, "LDAP_SEARCH_BASE: must be set with ACCOUNT_PROVISIONER=LDAP (hint: such as"),
        ({"LDAP_BIND_PW": ""}, "LDAP_BIND_DN: needs LDAP_BIND_PW: a login needs a password (hint:"),
        ({"LDAP_BIND_DN": ""}, "LDAP_BIND_PW: has no effect without LDAP_BIND_DN (hint: set LDAP_BIND_DN, the entry"),
        ({"DOVECOT_DN": "cn=x"}, "DOVECOT_DN: needs DOVECOT_DNPASS: a login needs a password (hint:"),
        ({"LDAP_START_TLS": "1"}, "LDAP_START_TLS: contradicts LDAP_SERVER_HOST: ldaps:// is encrypted from the"),
        ({"LDAP_SERVER_HOST": "http://x"}, "LDAP_SERVER_HOST: 'http://x' is not the URI of a directory (hint:"),
        ({"LDAP_QUERY_FILTER_USER": "(mail=%s"}, "LDAP_QUERY_FILTER_USER: is not a filter: its parentheses do not"),
        ({"LDAP_QUERY_FILTER_ALIAS": "(a=b)"}, "LDAP_QUERY_FILTER_ALIAS: finds the same for every address: it lacks"),
        ({"DOVECOT_USER_FILTER": "(a=b)"}, "DOVECOT_USER_FILTER: finds the same for every login: it lacks %u (hint:"),
        ({"DOVECOT_PASS_FILTER": "(a=%u"}, "DOVECOT_PASS_FILTER: is not a filter: its parentheses do not match"),
        ({"DOVECOT_PASS_FILTER": "(a=%x)"}, "DOVECOT_PASS_FILTER: '%x' in '(a=%x)' is not a variable that can be"),
        ({"DOVECOT_PASS_ATTRS": "mail=user"}, "DOVECOT_PASS_ATTRS: names no password (hint: add"),
        ({"DOVECOT_USER_ATTRS": "x"}, "DOVECOT_USER_ATTRS: 'x' is not of the form ATTRIBUTE=field or"),
        ({"DOVECOT_PASS_ATTRS": "upn=user,userPassword=password"}, "LDAP_QUERY_FILTER_SENDERS: must be set if"),
        ({"SMTP_ONLY": "1"}, "ACCOUNT_PROVISIONER: SMTP_ONLY runs no Dovecot, so mail for accounts"),
        ({"LDAP_TLS_CA_CERT_FILE": "/nowhere"}, "LDAP_TLS_CA_CERT_FILE: /nowhere does not exist"),
        ({"LDAP_TLS_KEY": "/nowhere"}, "LDAP_TLS_KEY: /nowhere does not exist"),
        ({"LDAP_TIMEOUT": "10"}, "LDAP_TIMEOUT: '10' is not a number of seconds from 0.5 to 4 (mail and logins must"),
    ],
)  # fmt: skip
def test_what_is_refused(environ: dict[str, str], told: str) -> None:
    assert any(line.startswith(WHERE + told) for line in said(**environ))


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"LDAP_SERVER_HOST": "ldap://x"}, "LDAP_SERVER_HOST: passwords cross the network readable for everybody on"),
        ({"LDAP_TLS_REQUIRE_CERT": "0"}, "LDAP_TLS_REQUIRE_CERT: the directory's certificate is not verified:"),
        ({"DOVECOT_USER_ATTRS": "x=gid"}, "DOVECOT_USER_ATTRS: gid has no effect: all mail belongs to DMS_VMAIL_UID"),
        ({"LDAP_FILTER": "x"}, "LDAP_FILTER is not a parameter of ldap_table(5)"),
    ],
)  # fmt: skip
def test_what_is_warned_of(environ: dict[str, str], told: str) -> None:
    assert [line[: len(WHERE + told) + 9] for line in said(**environ)] == [f"warning: {WHERE}{told}"]


def test_what_is_fine_is_not_warned_of() -> None:
    assert said(LDAP_SERVER_HOST="ldapi://%2Frun%2Fslapd ldap://localhost", LDAP_PORT_389_TCP="tcp://1.2.3.4") == []
    files = {"ldap-users.cf": "bind = yes\nversion = 3\nserver_host = ldaps://ldap.example.com\nstart_tls = no\n"}
    assert said(files) == []


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("querry_filter = (a=%s)", "querry_filter is not a parameter of ldap_table(5) (did you mean query_filter?)"),
        ("bind_dn = cn=other", "warning: bind_dn has no effect: LDAP_BIND_DN decides for all look-ups"),
        ("start_tls = yes", "start_tls is not taken from this file: all look-ups share one connection (hint: "
         "set LDAP_START_TLS)"),
        ("search_base = ou=x", "warning: search_base has no effect: LDAP_SEARCH_BASE counts more"),
        ("chase_referrals = yes", "warning: chase_referrals has no effect here"),
        ("bind_pw", "'bind_pw' is not of the form name = value"),
    ],
)  # fmt: skip
def test_rows_of_a_file(row: str, told: str) -> None:
    warning, _, text = told.rpartition("warning: ")
    sign = "warning: " if told.startswith("warning: ") else ""
    assert said({"ldap-aliases.cf": f"# comment\n{row}\n"}) == [f"{sign}ldap-aliases.cf:2: {text or warning}"]


def test_a_password_in_a_file_is_not_shown() -> None:
    told = said({"ldap-users.cf": "bind_pw = something-else\n"})
    assert "something-else" not in str(told)
    assert told == ["warning: ldap-users.cf:1: bind_pw has no effect: LDAP_BIND_PW decides for all look-ups"]


def test_files_without_effect_are_named() -> None:
    told = said({"postfix-accounts.cf": f"a@b.test|{operator.HASH}\n", "postfix-virtual.cf": "a@b.test c@d.test\n"})
    assert [line.partition(" has no effect")[0] for line in told] == [
        "warning: postfix-accounts.cf:", "warning: postfix-virtual.cf:"]  # fmt: skip


def test_variables_without_effect_are_named() -> None:
    told = operator.refused(None, LDAP_BIND_DN="cn=x", DOVECOT_AUTH_BIND="1")
    assert "warning: environment: LDAP_BIND_DN: has no effect without ACCOUNT_PROVISIONER=LDAP" in told
    assert "warning: environment: DOVECOT_AUTH_BIND: has no effect without ACCOUNT_PROVISIONER=LDAP" in told


def test_the_place() -> None:
    provisioner = operator.mailserver({}, **BASE).provisioner
    assert isinstance(provisioner, LdapProvisioner)
    assert (provisioner.place, provisioner.can_list, provisioner.can_edit) == (
        "the directory ldaps://ldap.example.com", False, False)  # fmt: skip
