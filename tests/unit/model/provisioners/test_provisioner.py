"""Look-ups in a directory, as Postfix's files have them."""

from __future__ import annotations

from mailwright.model.config_folder import ConfigFolder
from mailwright.model.provisioners import chosen
from mailwright.model.provisioners.file import FileProvisioner
from mailwright.model.provisioners.provisioner import PostfixTable
from tests.unit.operator import refused, told

DOMAINS = PostfixTable(
    "ldap-domains", "ldap", (("query_filter", "(mail=*@%s)"), ("result_format", "%s"), ("bind", "yes"))
)


def test_each_of_postfix_s_programs_asks_a_table_itself() -> None:
    assert DOMAINS.map("/etc") == "ldap:/etc/postfix/ldap-domains.cf"


def test_a_table_of_domains_answers_for_senders() -> None:
    senders = DOMAINS.of_addresses("ldap-sender-domains")
    assert senders.map("/etc") == "ldap:/etc/postfix/ldap-sender-domains.cf"
    assert senders.parameters == (("query_filter", "(mail=*@%d)"), ("result_format", "%s"), ("bind", "yes"))


def test_a_file_that_is_not_read_is_named() -> None:
    folder = ConfigFolder({"a.cf": b"# only a comment\n", "b.cf": b"x y\n"})
    assert told(chosen.without_effect(("a.cf", "b.cf", "c.cf"), folder, FileProvisioner())) == [
        "warning: b.cf: has no effect with ACCOUNT_PROVISIONER=FILE: accounts are in the config folder"
    ]


def test_an_unknown_provisioner_is_refused() -> None:
    first, *_ = refused(None, ACCOUNT_PROVISIONER="LADP")
    assert first.startswith("environment: ACCOUNT_PROVISIONER: 'LADP' is not one of FILE")
