from __future__ import annotations

from dataclasses import replace

from mailwright.core.problems import Problem
from mailwright.model.building import build
from mailwright.render.tree import render
from mailwright.services.postfix import tries
from tests.unit.operator import ACCOUNTS, mailserver, reading

CONFIG = "/tmp/docker-mailserver"
SERVER = mailserver(
    {
        **ACCOUNTS,
        "postfix-main.cf": f"transport_maps = proxy:hash:{CONFIG}/routes\nheader_checks =\n  pcre:{CONFIG}/checks\n"
        f"mynetworks = cidr:/opt/nets\nsmtp_sasl_password_maps = hash:{CONFIG}/logins\n",
        "postfix-master.cf": f"smtp/unix/smtp_header_checks=pcre:{CONFIG}/checks\n",
        "routes": "a.test smtp:[b]\n",
        "checks": "/^X-Bad:/ REJECT\n",
        "logins": "[b] user:secret\n",
    }
)


def test_postfix_reads_copies_that_live_passes_renew() -> None:
    tree = render(SERVER, "/e")
    main = tree["postfix/main.cf"].content
    assert "transport_maps = proxy:lmdb:/e/postfix/tables/routes\n" in main
    assert "header_checks =\n  pcre:/e/postfix/tables/checks\n" in main
    assert "smtp_header_checks=pcre:/e/postfix/tables/checks\n" in tree["postfix/master.cf"].content
    assert tree["postfix/tables/routes"].compile == "postmap"
    assert not tree["postfix/tables/checks"].compile
    assert tree["postfix/tables/checks"].origin(1) == "checks:1"
    assert (tree["postfix/tables/logins"].mode, tree["postfix/tables/logins"].secret) == (0o600, True)


def test_postfix_tries_what_no_compiler_reads() -> None:
    assert [(check.where, check.command[-1]) for check in tries(SERVER)] == [
        ("postfix-main.cf:2: header_checks", "pcre:{etc}/postfix/tables/checks"),
        ("postfix-main.cf:4: mynetworks", "cidr:/opt/nets"),
        ("postfix-master.cf:1: smtp_header_checks", "pcre:{etc}/postfix/tables/checks"),
    ]


def test_a_table_of_ours_is_tried_where_it_is_staged() -> None:
    lists = "postscreen_access_list = cidr:/etc/postfix/postscreen_access\ncanonical_maps = lmdb:/etc/postfix/virtual\n"
    [check] = tries(mailserver({**ACCOUNTS, "postfix-main.cf": lists}))
    assert check.command[-1] == "cidr:{etc}/postfix/postscreen_access"


def test_a_start_without_such_overrides_runs_nothing_more() -> None:
    assert not list(tries(mailserver({**ACCOUNTS, "postfix-main.cf": "biff = no\n"})))


def test_a_table_of_mynetworks_may_not_hold_strangers() -> None:
    [check] = [check for check in tries(SERVER) if "mynetworks" in check.where]
    assert check.judge
    assert list(check.judge(SERVER, "")) == []
    what = "mynetworks: cidr:/opt/nets would let strangers send through this server"
    assert list(check.judge(SERVER, "OK\n")) == [
        Problem("postfix-main.cf:4", what, "name the networks of your own clients")
    ]


def test_a_file_of_mynetworks_is_copied_too_so_that_a_refused_one_has_no_effect() -> None:
    path = f"{CONFIG}/nets"
    given = reading({**ACCOUNTS, "postfix-main.cf": f"mynetworks =10.0.0.0/8,{path}\n", "nets": "192.168.0.0/16\n"})
    files = {**given.sources.files, path: b"192.168.0.0/16\n"}
    tree = render(build(replace(given, sources=replace(given.sources, files=files))), "/e")
    assert "10.0.0.0/8,/e/postfix/tables/nets\n" in tree["postfix/main.cf"].content
    assert tree["postfix/tables/nets"].content == "192.168.0.0/16\n"


def test_the_mailname_is_the_domain() -> None:
    tree = render(mailserver({"postfix-main.cf": "myorigin = /etc/mailname\nmydestination = a.test /etc/mailname\n"}))
    assert tree["mailname"].content == "example.com\n"
    assert "\nmyorigin = example.com\nmydestination = a.test example.com\n" in tree["postfix/main.cf"].content


def commands(main: str) -> list[str]:
    """What is run for the tables that ``main`` names."""
    return [
        " ".join(check.command) for check in tries(mailserver({**ACCOUNTS, "postfix-main.cf": main, "logins": "a b\n"}))
    ]


def test_a_table_behind_proxy_is_tried_as_the_user_that_opens_it() -> None:
    as_postfix = "setpriv --reuid=postfix --regid=postfix --clear-groups postmap -c {etc}/postfix -q 192.0.2.1 "
    [direct] = commands("transport_maps = texthash:/opt/routes\n")
    assert direct == "postmap -c {etc}/postfix -q 192.0.2.1 texthash:/opt/routes"
    assert commands("transport_maps = proxy:texthash:/opt/routes\n") == [f"{as_postfix}texthash:/opt/routes"]
    union = "transport_maps = proxy:unionmap:{cidr:/opt/a, cidr:/opt/b}, cidr:/opt/c\n"
    assert [command.startswith("setpriv") for command in commands(union)] == [True, True, False]


def test_a_folder_in_place_of_patterns_is_found() -> None:
    assert commands("header_checks = pcre:/opt/checks\n")[0] == "head -c1 /opt/checks"


def test_tables_below_etc_postfix_that_are_not_ours_are_tried() -> None:
    assert commands("relocated_maps = lmdb:/etc/postfix/virtual\n") == []
    [command] = commands("relocated_maps = hash:/etc/postfix/moved\n")
    assert command.endswith("hash:{etc}/postfix/moved")


def test_the_copy_of_passwords_behind_proxy_is_for_postfix_too() -> None:
    for proxy, expected in (("proxy:", (0o640, "root:postfix")), ("", (0o600, "root:root"))):
        main = f"smtp_sasl_password_maps = {proxy}hash:{CONFIG}/logins\n"
        copy = render(mailserver({**ACCOUNTS, "postfix-main.cf": main, "logins": "a b\n"}))["postfix/tables/logins"]
        assert (copy.mode, copy.owner) == expected


def test_types_of_tables_that_the_image_lacks_are_refused() -> None:
    server = mailserver({**ACCOUNTS, "postfix-main.cf": "virtual_alias_maps = proxy:mysql:/etc/x.cf, regexp:/opt/r\n"})
    [judge] = [check.judge for check in tries(server) if check.command[-1] == "-m"]
    assert judge
    [problem] = judge(server, "lmdb\nregexp\n")
    assert problem.what.startswith("virtual_alias_maps: Postfix of this image has no mysql tables")
    assert list(judge(server, "lmdb\nmysql\n")) == []
