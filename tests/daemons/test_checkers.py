"""The words in the table of verdicts are those of the real checkers, inside the image."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from mailwright.services.verdicts import ROWS, Answer, Row, Verdict, judged
from tests.container.docker import IMAGE, LABEL, docker

BROKEN = Path(__file__).with_name("broken.py")
MAIN, MASTER, DOVECOT = "postfix/main.cf", "postfix/master.cf", "dovecot/dovecot.conf"
ACTIONS, JAIL, UNBOUND = "rspamd/override.d/actions.conf", "fail2ban/jail.d/user.local", "unbound/unbound.conf"
FETCHMAIL, GETMAIL = "fetchmail/x.rc", "getmail/x.rc"
GETMAILRC = """[retriever]
type = SimpleIMAPRetriever
server = x
username = y
password = z
[destination]
type = MDA_external
path = /usr/lib/mailwright/fetched-mail
"""
E, D, W, S = Verdict.ERROR, Verdict.DOUBT, Verdict.WARNING, Verdict.SILENT
# Checker, file, what is added to it, and the worst verdict.
EXAMPLES = (
    ("postconf", MAIN, "garbage", E),
    ("postconf", MAIN, "smtp_bind_address = ${nosuch", E),
    ("postconf", MAIN, "virtual_alias_domains = mysql:/etc/postfix/x.cf", E),
    ("postconf", MAIN, "nosuch = 1", W),
    ("postconf", MAIN, "mua_any_restrictions = permit", S),
    ("postconf", MAIN, "smtpd_use_tls = yes", W),
    ("postconf", MAIN, "message_size_limit = 5", W),
    ("postconf", MASTER, "x unix - - n - - smtp -o {bad", E),
    ("postconf", MASTER, "x unix - - n - x smtp", E),
    ("postmap", "texthash", "", E),
    ("postmap", "cdb", "", E),
    ("postmap", "regexp", "/(a/ x", D),
    ("postmap", "regexp", "garbage", D),
    ("postmap", "regexp", "if /a/", D),
    ("postmap", "regexp", "/a/", W),
    ("postmap", "pcre", "/(a/ x", D),
    ("postmap", "cidr", "1.2.3.400/8 OK", D),
    ("postmap", "table", "a b\na c", W),
    ("postmap", "table", "a", W),
    ("postmap", "table", "a: b", W),
    ("postmap", "table", "  a b", W),
    ("postalias", "nosuch/aliases", "", E),
    ("postalias", "postfix/aliases", "a: b\na: c", W),
    ("postalias", "postfix/aliases", "a b", W),
    ("doveconf", DOVECOT, "nosuch = 1", E),
    ("doveconf", DOVECOT, "auth_verbose_passwords = foo", E),
    ("doveconf", DOVECOT, "service anvil {\n client_limit = 5\n}", W),
    ("sievec", "a.sieve", 'require "nosuch"; keep;', E),
    ("sievec", "a.sieve", 'if header :is "sub ject" "x" { keep; }', W),
    ("rspamadm", "rspamd/override.d/logging.inc", "level = nosuch;", E),
    ("rspamadm", "rspamd/override.d/worker-proxy.inc", 'bind_socket = "foo:99999";', E),
    ("rspamadm", ACTIONS, "nosuch = 5;", D),
    ("rspamadm", "rspamd/override.d/dkim.conf", "enabled = false;", S),
    ("rspamadm", "rspamd/override.d/spf.conf", "enabled = false;", S),
    ("rspamadm", "rspamd/override.d/multimap.conf", 'foo { type = "nosuch"; map = "/x"; symbol = "X"; }', D),
    ("rspamadm", "rspamd/override.d/force_actions.conf", 'rules { X { expression = "A & ("; action = "reject"; } }', D),
    ("rspamadm", "rspamd/override.d/groups.conf", 'group "x" { symbol "A" { weight = y; } }', D),
    ("fail2ban-client", JAIL, "bantime = 5", E),
    ("fail2ban-client", "fail2ban/fail2ban.d/user.local", "[Definition]\nloglevel = nosuch", E),
    ("fail2ban-client", JAIL, "[nosuch]\nenabled = true", D),
    ("fail2ban-client", JAIL, "[DEFAULT]\nmaxretry = x", W),
    ("unbound-checkconf", UNBOUND, "server:\n num-threads: x", E),
    ("unbound-checkconf", UNBOUND, "server:\n root-hints: /nosuch", E),
    ("fetchmail", FETCHMAIL, "poll x proto imap user y pass z is a@b.test", S),
    ("fetchmail", FETCHMAIL, "poll x proto imap user y pass hush hush is a@b.test", E),
    ("fetchmail", FETCHMAIL, "poll x proto imap user y pass z is a@b.test c@d.test", W),
    ("getmail", GETMAIL, GETMAILRC, S),
    ("getmail", GETMAIL, GETMAILRC.replace("IMAP", "NOSUCH"), E),
    ("getmail", GETMAIL, f"{GETMAILRC}[options]\ndelete = perhaps", E),
    ("getmail", GETMAIL, f"{GETMAILRC}hush hush", E),
    ("rsyslogd", "rsyslog/rsyslog.conf", "garbage!!", E),
    ("nginx", "nginx/nginx.conf", "garbage;", E),
    (
        "nginx",
        "nginx/nginx.conf",
        "events {}\nhttp {\n access_log off;\n server { server_name a; }\n server { server_name a; }\n}",
        W,
    ),
)
WORST = (E, D, W)
# Said only where there is no state or no resolver, or by releases to come.
UNSEEN = {
    "cannot parse resolv.conf",
    "cannot open a temp file",
    "cannot read servers definition",
    "invalid regexp|[Cc]ouldn?t create expression",
}


@cache
def answers() -> list[Answer]:
    """What is said of each example; one container for all."""
    asked = json.dumps([example[:3] for example in EXAMPLES])
    mount = ("-v", f"{BROKEN}:/broken.py:ro")
    said = docker(
        "run", "--rm", "-i", "--network=none", f"--label={LABEL}", *mount, IMAGE, "python3", "/broken.py", text=asked
    )
    given = json.loads(said)
    return [Answer(example[0], tuple(lines), code) for example, (lines, code) in zip(EXAMPLES, given, strict=True)]


@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=[f"{one[0]}: {one[2]}" for one in EXAMPLES])
def test_the_verdict_of_what_is_broken(number: int) -> None:
    answer, example = answers()[number], EXAMPLES[number]
    if answer.checker == "postmap" and example[2]:  # a query that finds nothing
        answer = Answer(answer.checker, answer.lines)
    verdicts = {verdict for _, verdict in judged(answer)}
    assert next((each for each in WORST if each in verdicts), S) is example[3], answer


def test_no_password_is_shown() -> None:
    assert "hush" not in str(answers())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.checker}: {row.words}")
def test_a_checker_says_the_words(row: Row) -> None:
    said = [line for answer in answers() if answer.checker == row.checker for line in answer.lines]
    assert row.words in UNSEEN or any(re.search(row.words, line) for line in said), said
