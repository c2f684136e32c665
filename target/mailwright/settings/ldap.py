"""Settings of accounts in an LDAP directory."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import PRIVATE, Count, Domains, Path, Port, Switch, WaitingSeconds


class Ldap(Section):
    """LDAP"""

    ldap_server_host: str = Field(
        "",
        description="Servers of the directory, such as ldap://ldap.example.com or ldaps://…; further ones, after a "
        "blank, are asked while the first is down.",
    )
    ldap_server_port: Port = Field(389, description="Port of servers in LDAP_SERVER_HOST without one of their own.")
    ldap_start_tls: Switch = Field(False, description="Encrypt ldap:// connections (StartTLS).")
    ldap_tls_ca_cert_file: Path = Field(
        "",
        description="Certificates of the authorities that may sign the directory's certificate (PEM). Empty: those of "
        "the image.",
    )
    ldap_tls_ca_cert_dir: Path = Field("", description="Folder of such certificates, named by their hashes.")
    ldap_tls_require_cert: Switch = Field(
        True, description="Verify the directory's certificate. 0 lets anybody on the way read and change everything."
    )
    ldap_tls_cert: Path = Field(
        "", description="Certificate with which Mailwright shows itself to the directory (PEM)."
    )
    ldap_tls_key: Path = Field("", description="Key of LDAP_TLS_CERT. Empty: it is in the same file.")
    ldap_tls_cipher_suite: str = Field(
        "", description="Ciphers for TLS 1.2, as OpenSSL names them. Empty: its default."
    )
    ldap_timeout: WaitingSeconds = Field(
        2, description="Longest wait for an answer. Then mail and logins are told to try again later."
    )
    ldap_version: Literal["3"] = Field("3", description="Version of LDAP.")
    ldap_bind: Switch = Field(True, description="Log in at the directory with LDAP_BIND_DN. 0: ask without a login.")
    ldap_bind_dn: str = Field("", description="Entry with which Mailwright logs in at the directory, to search.")
    ldap_bind_pw: str = Field("", description="Password of LDAP_BIND_DN.", json_schema_extra=PRIVATE)
    ldap_search_base: str = Field("", description="Entry below which the accounts are.")
    ldap_scope: Literal["sub", "one", "base"] = Field("sub", description="How deep below LDAP_SEARCH_BASE to search.")
    ldap_domains: Domains = Field(
        "",
        description="Mail domains of the directory. Empty: the directory is asked (LDAP_QUERY_FILTER_DOMAIN), which is "
        "slow if a domain has many accounts, and lets all mail wait while the directory is down.",
    )
    ldap_query_filter_user: str = Field(
        "(&(mail=%s)(mailEnabled=TRUE))", description="Filter that finds the mailbox of an address."
    )
    ldap_query_filter_group: str = Field(
        "(&(mailGroupMember=%s)(mailEnabled=TRUE))", description="Filter that finds the members of a group's address."
    )
    ldap_query_filter_alias: str = Field(
        "(&(mailAlias=%s)(mailEnabled=TRUE))", description="Filter that finds the mailboxes behind an alias."
    )
    ldap_query_filter_domain: str = Field(
        "(&(|(mail=*@%s)(mailAlias=*@%s))(mailEnabled=TRUE))",
        description="Filter that finds anything in a mail domain of ours.",
    )
    ldap_query_filter_senders: str = Field(
        "",
        description="Filter that finds who may send with an address (SPOOF_PROTECTION). Empty: the accounts that "
        "receive its mail.",
    )
    ldap_result_attribute: str = Field("mail", description="Attribute with the address of a mailbox.")
    ldap_result_format: str = Field("", description="Format of a result, see ldap_table(5).")
    ldap_special_result_attribute: str = Field(
        "",
        description="Attribute with the names (DN) or searches (URL) of further entries: a group's members.",
    )
    ldap_leaf_result_attribute: str = Field(
        "", description="Attributes that count for entries without LDAP_SPECIAL_RESULT_ATTRIBUTE, see ldap_table(5)."
    )
    ldap_terminal_result_attribute: str = Field(
        "", description="Attributes that end the search in further entries, see ldap_table(5)."
    )
    ldap_domain: Domains = Field("", description="Domains whose addresses are looked up, see ldap_table(5).")
    ldap_dereference: Literal["0", "1", "2", "3"] = Field(
        "0", description="When aliases of the directory are followed, see ldap_table(5)."
    )
    ldap_recursion_limit: Count = Field(1000, description="Depth of groups in groups.")
    ldap_expansion_limit: Count = Field(0, description="Most results of a look-up. 0: no limit.")
    ldap_size_limit: Count = Field(0, description="Most entries that a look-up finds. 0: no limit.")
    ldap_quota_attribute: str = Field(
        "", pattern=r"^[A-Za-z][A-Za-z0-9;-]*$|^$", description="Attribute with the quota of a mailbox. Empty: none."
    )
    ldap_quota_unit: Literal["B", "K", "M", "G"] = Field(
        "B", description="Unit of LDAP_QUOTA_ATTRIBUTE if it is a number alone: bytes, or 1024 bytes and so on."
    )
    dovecot_uris: str = Field("", description="Servers that Dovecot asks. Empty: LDAP_SERVER_HOST.")
    dovecot_tls: Switch = Field(
        False, description="Encrypt ldap:// connections of DOVECOT_URIS. Without DOVECOT_URIS: as LDAP_START_TLS."
    )
    dovecot_base: str = Field("", description="Entry below which Dovecot finds accounts. Empty: LDAP_SEARCH_BASE.")
    dovecot_dn: str = Field("", description="Entry with which Dovecot's searches log in. Empty: LDAP_BIND_DN.")
    dovecot_dnpass: str = Field(
        "", description="Password of DOVECOT_DN. Empty: LDAP_BIND_PW.", json_schema_extra=PRIVATE
    )
    dovecot_ldap_version: Literal["3"] = Field("3", description="Version of LDAP.")
    dovecot_auth_bind: Switch = Field(
        False,
        description="1: a user's password is tried in the directory, which need not show its hashes. 0: Dovecot reads "
        "and compares the hash.",
    )
    dovecot_default_pass_scheme: str = Field(
        "SSHA", pattern=r"^[A-Za-z0-9.-]+$", description="Scheme of hashes that do not begin with {SCHEME}."
    )
    dovecot_user_filter: str = Field(
        "(&(objectClass=PostfixBookMailAccount)(mail=%u)(mailEnabled=TRUE))",
        description="Filter that finds the account of an address (%u; %n and %d are its parts).",
    )
    dovecot_pass_filter: str = Field(
        "", description="Filter that finds the account of a login. Empty: DOVECOT_USER_FILTER."
    )
    dovecot_user_attrs: str = Field(
        "",
        description="Attributes of an account, as Dovecot 2.3 wrote them: ATTRIBUTE=home, ATTRIBUTE=mail, "
        "ATTRIBUTE=quota_rule=*:bytes=%$. Empty: none are needed.",
    )
    dovecot_pass_attrs: str = Field(
        "mail=user,userPassword=password",
        description="Attributes with the name of an account and its password hash, as Dovecot 2.3 wrote them.",
    )
    dovecot_userdb_ldap_filter: str = Field("", description="Another name of DOVECOT_USER_FILTER.")
    dovecot_passdb_ldap_filter: str = Field("", description="Another name of DOVECOT_PASS_FILTER.")
