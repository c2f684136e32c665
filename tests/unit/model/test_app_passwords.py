from __future__ import annotations

from mailwright.formats.app_passwords import hashed
from mailwright.render.tree import enabled, render
from tests.unit.operator import ACCOUNTS, mailserver, refused

PHONE = f"alice@example.com/Phone|{hashed('secret')}|imap,submission\n"
DIGEST = hashed("secret").removeprefix("{SHA256.HEX}")
FILE = "dovecot-app-passwords.cf"


def test_each_protocol_has_its_file() -> None:
    tree = render(mailserver(ACCOUNTS | {FILE: PHONE}))
    row = f"alice@example.com/{DIGEST}:{{SHA256.HEX}}{DIGEST}::::::app_password=Phone\n"
    files = {path: file for path, file in tree.items() if path.startswith("dovecot/app-passwords/")}
    assert {path.rpartition("/")[2]: file.content for path, file in files.items()} == {
        "imap": row, "pop3": "", "sieve": "", "smtp": row}  # fmt: skip
    assert {(file.mode, file.owner, file.secret) for file in files.values()} == {(0o400, "dovecot:root", True)}
    text = tree["dovecot/dovecot.conf"].content
    assert text.index("passdb app-passwords {") < text.index("passdb passwd-file {")


def test_without_any_nothing_changes() -> None:
    tree = render(mailserver(ACCOUNTS | {FILE: "# none yet\n"}))
    assert "app-passwords" not in tree["dovecot/dovecot.conf"].content
    assert not any("app-passwords" in path for path in tree)


def test_one_without_an_account_is_named_and_left_out() -> None:
    config = ACCOUNTS | {FILE: PHONE.replace("alice", "gone")}
    assert f"warning: {FILE}:1: there is no account gone@example.com; it is ignored" in refused(config)
    assert mailserver(config).app_passwords == ()


def test_the_relay_names_them_in_the_log_if_they_may_send() -> None:
    def relays(protocols: str) -> bool:
        server = mailserver(ACCOUNTS | {FILE: PHONE.replace("imap,submission", protocols)})
        return "auth-relay" in [service.name for service in enabled(server)]

    assert relays("submission")
    assert not relays("imap")
