"""What Postfix itself understood of an open relay, inside the image, is judged as one."""

from __future__ import annotations

from functools import cache

import pytest

from mailwright.services.postfix.relaying import open_relays
from tests.container.docker import IMAGE, LABEL, docker
from tests.unit.operator import mailserver

LISTS = "smtpd_recipient_restrictions = $smtpd_relay_restrictions\nsmtpd_relay_restrictions ="
STOP = "reject_unauth_destination"
OPEN = "port 25 would let strangers send to other servers"
EXAMPLES = {
    "ours": ("", ""),
    "permit": (f"{LISTS} permit, {STOP}", OPEN),
    "recipients": (f"{LISTS} check_recipient_access regexp:/t/all, {STOP}", OPEN),
    "clients": (f"{LISTS} check_client_access cidr:/t/nets {STOP}", OPEN),
    "bounces": (f"{LISTS} check_sender_access texthash:/t/null, {STOP}", OPEN),
    "behind": (f"{LISTS} {STOP}, check_recipient_access regexp:/t/all", ""),
    "one": (f"{LISTS} check_recipient_access regexp:/t/one, {STOP}", ""),
    "domains": ("relay_domains = $mine\nmine = pcre:/t/all", "port 25 takes mail for every domain"),
    "networks": ("mynetworks = cidr:/t/nets", "mynetworks of port 25 has a table that lets strangers send"),
}
SCRIPT = r"""
mkdir /t; echo '/./ OK' >/t/all; echo '/^me@one.test$/ OK' >/t/one; echo '<> OK' >/t/null; echo '0.0.0.0/0 OK' >/t/nets
while IFS= read -r line; do
    cp -rL /etc/postfix /tmp/p
    sed -i s:/etc/postfix:/tmp/p: /tmp/p/main.cf /tmp/p/master.cf  # our own tables are not asked
    printf "%b\n" "$line" >>/tmp/p/main.cf
    touch -d -1hour /tmp/p/main.cf  # Postfix reads a file that is new again and again, for two seconds
    /usr/lib/mailwright/postfix-configuration /tmp/p 2>/dev/null
    rm -r /tmp/p
    printf '\v'
done
"""


@cache
def configurations() -> dict[str, str]:
    """What the script prints for each example; one container for all."""
    asked = "".join(main.replace("\n", "\\n") + "\n" for main, _ in EXAMPLES.values())
    run = ("run", "--rm", "-i", "--network=none", f"--label={LABEL}", IMAGE, "bash", "-c", SCRIPT)
    return dict(zip(EXAMPLES, docker(*run, text=asked).split("\v"), strict=False))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_open_relay_is_found(name: str) -> None:
    found = [problem.what for problem in open_relays(mailserver(), configurations()[name])]
    assert found[:1] == [EXAMPLES[name][1]][: bool(EXAMPLES[name][1])], configurations()[name]
