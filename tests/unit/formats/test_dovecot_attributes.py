"""Dovecot 2.3's attributes and filters in the words of 2.4."""

from __future__ import annotations

import pytest

from mailwright.formats import dovecot_attributes
from mailwright.formats.dovecot_attributes import MAIL, OWN_PATH, AttributesError, Quota, attributes, finds_by_mail


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("mail=user,userPassword=password", {"user": MAIL, "password": "%{ldap:userPassword}"}),
        ("userPrincipalName=user", {"user": "%{ldap:userPrincipalName}"}),
        ("uid=user , userPassword=password", {"user": MAIL, "password": "%{ldap:userPassword}"}),
        ("mailHomeDirectory=home,mailStorageDirectory=mail", {
            "home": OWN_PATH.format("mailHomeDirectory", "/var/mail", "/home"),
            "mail_path": OWN_PATH.format("mailStorageDirectory", "/var/mail", "")}),
        ("=home=/srv/%d/%{ldap:uid},=mail=/srv/%Ln", {
            "home": "/srv/%{user | domain}/%{ldap:uid}", "mail_path": "/srv/%{user | username}"}),
        ("uid=home=/srv/%$", {"home": "/srv/%{ldap:uid}"}),
        ("uid=userdb_home", {"home": OWN_PATH.format("uid", "/var/mail", "/home")}),
        ("=mail=maildir:~/Maildir", {"mail_path": "~/Maildir", "mail_driver": "maildir"}),
        ("", {}),
    ],
)  # fmt: skip
def test_fields(text: str, fields: dict[str, str]) -> None:
    assert attributes(text).fields == fields


@pytest.mark.parametrize(
    ("text", "quota"),
    [
        ("mailQuota=quota_rule=*:bytes=%$", Quota("mailQuota", "B")),
        ("=quota_rule=*:bytes=%{ldap:mailQuota}", Quota("mailQuota", "B")),
        ("mailQuota=quota_rule=*:storage=%$", Quota("mailQuota", "K")),
        ("mailQuota=quota_rule=*:storage=%$M", Quota("mailQuota", "M")),
        ("mailQuota=userdb_quota_rule=*:storage=%$G", Quota("mailQuota", "G")),
    ],
)
def test_quotas(text: str, quota: Quota) -> None:
    assert attributes(text).quota == quota


def test_what_is_left_out_is_said() -> None:
    assert attributes("mailUidNumber=uid,cn=user").left_out == (
        "uid has no effect: all mail belongs to DMS_VMAIL_UID and DMS_VMAIL_GID",
        "cn=user has no effect: accounts are named by their address, in the attribute mail",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("uid", "'uid' is not of the form ATTRIBUTE=field or ATTRIBUTE=field=template"),
        ("=mail=maildir:~/Mail:INDEX=/tmp", "has :INDEX=/tmp, which Dovecot 2.4 takes as a setting; put it into"),
        ("=home", "is not of the form"),
        ("x=proxy", "sets proxy, which is not one of home, mail, password, quota_rule, user; put it into dovecot.cf"),
        ("mailQuota=quota_rule=INBOX:bytes=%$", "is not a quota that can be carried over"),
        ("=home=/srv/%h", "'%h' in '/srv/%h' is not a variable that can be carried over"),
    ],
)
def test_what_cannot_be_carried_over(text: str, said: str) -> None:
    with pytest.raises(AttributesError, match=said):
        attributes(text)


def test_attributes_that_are_paths() -> None:
    fields = attributes("mailHomeDirectory=home,uid=mail=/var/mail/%d/%$/%{ldap:cn}").fields
    assert dovecot_attributes.paths(fields) == {"mailhomedirectory": True, "uid": False, "cn": False}


def test_filters() -> None:
    text = dovecot_attributes.expression("(&(mail=%Lu)(|(uid=%n)(dc=%d))(x=%{user | lower}))")
    assert text == "(&(mail=%{user})(|(uid=%{user | username})(dc=%{user | domain}))(x=%{user | lower}))"
    assert dovecot_attributes.any_user(text) == "(&(mail=*)(|(uid=*)(dc=*))(x=*))"
    assert dovecot_attributes.filled(text, "a*b@c.d") == r"(&(mail=a\2Ab@c.d)(|(uid=a\2Ab)(dc=c.d))(x=a\2Ab@c.d))"


def test_a_name_from_the_directory_is_one_folder_below_one_other() -> None:
    asked = "(uid=%{user | username})"
    for part in ("*/*", ".", "..", ".@*", "..@*", "@*", "*@", "*@.", "*@.."):
        assert f"(mail={part})" in dovecot_attributes.naming(asked, MAIL)
    assert dovecot_attributes.naming(asked, MAIL).startswith(f"(&{asked}(mail=*@*)(!(|")
    composed = dovecot_attributes.naming(asked, "%{ldap:uid}@example.com")
    assert "(uid=*@*)" not in composed
    assert "(uid=*/*)" in composed


@pytest.mark.parametrize(("text", "is_one"), [("(a=b)", True), (r"(a=\28)", True), ("(a=b", False), (")a=b(", False),
                                              ("a=b", False), ("(&(a=b)(c=d))", True), ("", False)])  # fmt: skip
def test_parentheses(text: str, is_one: bool) -> None:
    assert dovecot_attributes.balanced(text) is is_one


@pytest.mark.parametrize(
    ("text", "by_mail"),
    [
        ("(mail=%{user})", True),
        ("(&(objectClass=x)(MAIL=%{user})(!(nsAccountLock=TRUE)))", True),
        ("(|(mail=%{user})(mailAlias=%{user}))", False),
        ("(uid=%{user | username})", False),
        ("(&(uid=%{user | username})(mail=%{user}))", False),
        ("(mail=*%{user})", False),
        ("(mail=*)", False),
    ],
)
def test_a_filter_that_finds_by_the_address(text: str, by_mail: bool) -> None:
    assert finds_by_mail(text) is by_mail
