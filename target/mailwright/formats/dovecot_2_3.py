"""Dovecot 2.3's dialect in a file for Dovecot 2.4: every line that 2.4 refuses or, worse, understands in another way.

``mail_path = /var/mail/%d/%n`` is one mailbox for everybody in 2.4, whose checker accepts it. See Dovecot's page
"Upgrading Dovecot CE from 2.3 to 2.4".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile

RENAMED = {
    "mail_location": "mail_driver = maildir and mail_path = PATH",
    "disable_plaintext_auth": "auth_allow_cleartext = no",
    "ssl_cert": "ssl_server_cert_file = PATH",
    "ssl_key": "ssl_server_key_file = PATH",
    "ssl_alt_cert": "ssl_server_alt_cert_file = PATH",
    "ssl_alt_key": "ssl_server_alt_key_file = PATH",
    "ssl_key_password": "ssl_server_key_password = PASSWORD",
    "ssl_ca": "ssl_server_ca_file = PATH",
    "ssl_dh": "ssl_server_dh_file = PATH",
    "ssl_client_ca": "ssl_client_ca_file = PATH",
    "ssl_verify_client_cert": "ssl_server_request_client_cert = yes",
    "ssl_protocols": "ssl_min_protocol = TLSv1.2",
    "ssl_prefer_server_ciphers": "ssl_server_prefer_ciphers = server",
    "mail_attribute_dict": "mail_attribute/dict/file/path = PATH",
    "auth_use_winbind": "nothing: NTLM is gone",
    "stats_writer_socket_path": "nothing: it is gone",
    "mail_max_lock_timeout": "dotlock settings of 2.4",
    "quota_rule": "quota_storage_size = SIZE",
    "quota_grace": "quota_storage_grace = SIZE",
    "sieve_dir": "sieve_script/personal/path = PATH",
    "sieve_before": "before.dovecot.sieve in the config folder",
    "sieve_after": "after.dovecot.sieve in the config folder",
    "sieve_global_extensions": "sieve_global_extensions/NAME = yes",
    "zlib_save": "mail_compress_write_method = zstd",
    "zlib_save_level": "compress_zlib_level = N",
    "mail_crypt_save_version": "crypt_write_algorithm = NAME",
    "mail_crypt_global_public_key": "crypt_global_public_key_file = PATH",
    "mail_crypt_global_private_key": "crypt_global_private_key/NAME/crypt_private_key_file = PATH",
    "mail_crypt_global_private_key2": "crypt_global_private_key/NAME2/crypt_private_key_file = PATH",
    "mail_crypt_global_private_key_password": "crypt_global_private_key/NAME/crypt_private_key_password = PASSWORD",
    "mail_crypt_curve": "crypt_user_key_curve = NAME",
    "mail_crypt_private_key": "crypt_user_key_encryption_key/NAME/crypt_private_key_file = PATH",
    "mail_crypt_private_password": "crypt_user_key_password = PASSWORD",
    "mail_crypt_require_encrypted_user_key": "crypt_user_key_require_encrypted = yes",
    "mail_crypt_acl_require_secure_key_sharing": "crypt_acl_require_secure_key_sharing = yes",
    "imapsieve_mailbox1_name": "mailbox NAME { and, in lines of their own, sieve_script NAME { and its settings",
    "driver": "passdb NAME { } has no driver line: the name says it",
    "args": "a setting for each argument, such as passwd_file_path = PATH",
}
IN_BLOCKS = ("driver", "args")  # mean something else outside passdb and userdb
UNNAMED = re.compile(r"(passdb|userdb|namespace|dict)\s*\{")
NAMED = {
    "passdb": "passdb NAME {, such as passdb passwd-file {",
    "userdb": "userdb NAME {, such as userdb passwd-file {",
    "namespace": "namespace NAME {",
    "dict": "dict_server { and, in a line of its own, dict NAME {",
}
# In every version: what follows "{" stands in the next line.
ONE_LINE = re.compile(r"(?P<block>[^={}]+?)\s*\{\s*(?P<inside>[^\s#].*)")
VARIABLE = re.compile(r"%(?:%|\{|(?P<change>[LUEXRHNM]?)(?P<letter>[a-zA-Z]))")
LETTERS = {"u": "user", "n": "user | username", "d": "user | domain", "h": "home", "s": "protocol", "r": "remote_ip"}
CHANGES = {"L": " | lower", "U": " | upper"}
# Settings in which % means something else (strftime(3), an octet of a URI), and passwords, which no message shows.
OTHER_PERCENT = re.compile(r"log_timestamp|ldap_uris|pass|\w*(password|secret)")
SETTING = re.compile(r"(?P<name>[a-z0-9_]+)\s*=\s*(?P<value>.*)")


def problems(file: TextFile, *, accepted: bool = False) -> Iterator[Problem]:
    """A Problem for each line of ``file`` in the dialect of 2.3, with its form in 2.4.

    ``accepted``: Dovecot 2.4 has understood each name, so that only values can be of 2.3.
    """
    blocks: list[str] = []
    for number, row in file.rows():
        for what, hint in _in_value(row) if accepted else _mistakes(row, blocks):
            yield Problem(file.at(number), what, hint)
        blocks += [row.split()[0]] * row.count("{") if _opens(row) else []
        if row.startswith("}"):
            blocks = blocks[:-1]


def _opens(row: str) -> bool:
    return row.endswith("{") and row != "{"


def _mistakes(row: str, blocks: list[str]) -> Iterator[tuple[str, str]]:
    """What is of 2.3 in one ``row``, inside ``blocks`` (outermost first), and the form in 2.4."""
    if row.startswith("plugin") and row.endswith("{"):
        yield (
            "plugin { } is Dovecot 2.3's",
            "Dovecot 2.4 has no such block: write its settings outside, by their 2.4 names",
        )
    if unnamed := UNNAMED.fullmatch(row):
        yield f"{unnamed[1]} without a name is Dovecot 2.3's", f"Dovecot 2.4: {NAMED[unnamed[1]]}"
    if one_line := ONE_LINE.fullmatch(row):
        path = "/".join((*one_line["block"].split(), one_line["inside"].removesuffix("}").strip()))
        yield "a block needs a line for each of its settings", f"or without a block: {path}"
    setting = SETTING.match(row)
    if not setting:
        return
    name = setting["name"]
    in_database = any(block in ("passdb", "userdb") for block in blocks)
    if name in RENAMED and (name not in IN_BLOCKS or in_database):
        yield f"{name} is Dovecot 2.3's", f"Dovecot 2.4: {RENAMED[name]}"
    else:
        yield from _in_value(row)


def _in_value(row: str) -> Iterator[tuple[str, str]]:
    """What is of 2.3 in the value of a setting."""
    setting = SETTING.match(row)
    if not setting or OTHER_PERCENT.fullmatch(setting["name"]):
        return
    name, value = setting["name"], setting["value"]
    if "$mail_plugins" in value:
        plugins = value.replace("$mail_plugins", "").split()
        lines = " and ".join(f"{name}/{plugin} = yes" for plugin in plugins)
        yield f"{value} is Dovecot 2.3's", f"Dovecot 2.4: {lines}" if plugins else "delete the line"
    elif old := _translated(value):
        yield f"{value} has variables of Dovecot 2.3", f"Dovecot 2.4: {name} = {old}"


def _translated(value: str) -> str:
    """``value`` with the variables of 2.4; empty when it has none of 2.3."""

    def new(match: re.Match[str]) -> str:
        if match["letter"] is None:
            return match[0]
        meaning = LETTERS.get(match["letter"], "…")
        return f"%{{{meaning}{CHANGES.get(match['change'], '')}}}"

    result = VARIABLE.sub(new, value)
    return result if result != value else ""
