from __future__ import annotations

import pytest

from mailwright.model.config_folder import ConfigFolder
from mailwright.model.provisioners.directory import Directory
from mailwright.model.provisioners.file import FileProvisioner, directory
from mailwright.model.provisioners.provisioner import Provisioner
from tests.unit.operator import ACCOUNTS, told


def read(**texts: str) -> tuple[Directory, list[str]]:
    """The Directory of alice and bob with these files: ``virtual=…`` is postfix-virtual.cf."""
    config = ACCOUNTS | {f"postfix-{name}.cf": text for name, text in texts.items()}
    found, problems = directory(ConfigFolder({name: text.encode() for name, text in config.items()}))
    return found, told(problems)


def test_nothing_there() -> None:
    assert directory(ConfigFolder({})) == (Directory(), [])


def test_domains_come_from_accounts_and_aliases() -> None:
    found, problems = read(virtual="info@example.net bob@example.com\n@example.org x@elsewhere.example\n")
    assert found.domains == {"example.com", "example.net", "example.org"}
    assert problems == []


def test_a_domain_for_a_domain_is_one_alias_an_address() -> None:
    found, problems = read(
        virtual="info@example.com bob@example.com\n@example.net @example.com\nbob@example.net x@y.z\n"
    )
    names = {alias.name: alias.targets for alias in found.aliases}
    assert names == {
        "info@example.com": ("bob@example.com",),
        "alice@example.net": ("alice@example.com",),
        "info@example.net": ("info@example.com",),
        "bob@example.net": ("x@y.z",),
    }
    assert problems == []


def test_a_domain_for_a_foreign_domain_stays() -> None:
    found, _ = read(virtual="@example.net @elsewhere.example\n")
    assert [alias.name for alias in found.aliases] == ["@example.net"]


@pytest.mark.parametrize(
    ("address", "regexp", "answer"),
    [
        ("bob@example.com", None, True),
        ("bob+x@example.com", None, False),
        ("info@example.com", None, True),
        ("nobody@example.com", None, False),
        ("nobody@example.com", "/x/ bob@example.com\n", True),
        ("nobody@example.com", "/^ticket-/ bob@example.com\n", False),
        ("nobody@example.com", "/^ticket-/ bob@example.com\n/^NOB/ bob@example.com\n", True),
        ("nobody@example.com", "/^[[:alpha:]]+-/ bob@example.com\n", True),
        ("nobody@example.com", "!/^nobody/ bob@example.com\n", True),
        ("nobody@example.com", "/^NOB/i bob@example.com\n", True),
        ("nobody@example.com", "if /^ticket/\n/^ticket-/ bob@example.com\nendif\n", False),
        ("nobody@example.com", "/(?>ticket)*+(/ bob@example.com\n", True),
    ],
)
def test_receives(address: str, regexp: str | None, answer: bool) -> None:
    texts = {"virtual": "info@example.com bob@example.com\n"} | ({"regexp": regexp} if regexp else {})
    assert read(**texts)[0].receives(address) is answer


def test_problems_of_every_file() -> None:
    _, problems = read(virtual="x\n", regexp="x\n", aliases="x\n")
    assert [line.split(":")[0] for line in problems] == [
        "postfix-regexp.cf",
        "postfix-virtual.cf",
        "postfix-aliases.cf",
    ]


def test_the_daemons_look_accounts_up_in_our_tables() -> None:
    provisioner = FileProvisioner(read()[0])
    maps = provisioner.postfix("/etc")
    assert maps.virtual_mailbox_domains == ("lmdb:/etc/postfix/domains",)
    assert maps.virtual_alias_maps == ("lmdb:/etc/postfix/virtual", "lmdb:/etc/postfix/mailboxes")
    assert maps.smtpd_sender_login_maps == ("lmdb:/etc/postfix/senders", "lmdb:/etc/postfix/mailboxes")
    assert (provisioner.can_list, provisioner.can_edit) == (True, True)


def test_mailboxes_are_asked_before_the_operators_patterns() -> None:
    tables = FileProvisioner(read(regexp="/^info/ bob@example.com\n")[0]).postfix("/x").virtual_alias_maps
    assert tables == ("lmdb:/x/postfix/virtual", "lmdb:/x/postfix/mailboxes", "pcre:/x/postfix/sub_addresses",
                      "pcre:/x/postfix/regexp")  # fmt: skip


def test_every_provisioner_has_the_one_interface() -> None:
    provisioner: Provisioner = FileProvisioner()
    assert provisioner.directory == Directory()
