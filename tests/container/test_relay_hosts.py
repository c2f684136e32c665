"""Mail for others leaves through the relay host of its sender, with that sender's login, and with no other's."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.container.docker import CLIENTS, LABEL, docker, until
from tests.container.lab import PASSWORD, Lab, Server, accounts
from tests.pki import pair

TAPE = Path(__file__).with_name("tape.py")
READER = "reader@far.test"
ALICE, BOB, CAROL = "alice@a.test", "bob@b.test", "carol@direct.test"
DAVE, ERIN = "dave@clear.test", "erin@plain.test"
LOGIN_A, LOGIN_B = "login-a@relay-a.test", "login-b@relay-b.test"
LOGIN_DEFAULT = "default@relay-b.test"


@dataclass
class Post:
    """Two relay hosts, a server with the readers and no TLS, the tape, and the hub whose relaying is looked at."""

    lab: Lab
    relay_a: Server
    relay_b: Server
    far: Server
    tape: Server
    authorities: str
    hub: Server

    def submit(self, sender: str, recipient: str = READER) -> str:
        """Sends from the hub; the Message-ID."""
        return self.hub.submit(sender, recipient)

    def trusted(self) -> dict[str, str]:
        """The config files of a server that trusts both relay hosts."""
        return trusting(self.authorities)


def trusting(authorities: str) -> dict[str, str]:
    """The config files of a server that trusts ``authorities``."""
    return {"postfix-main.cf": "smtp_tls_CAfile = /tmp/docker-mailserver/ca.pem\n", "ca.pem": authorities}


def relay(lab: Lab, name: str, ip: str, *logins: str, **env: str) -> tuple[Server, str]:
    """A Mailwright that relays for its logins, whatever their sender, and its certificate."""
    chain, key = pair(f"{name}.test")
    files = {"postfix-accounts.cf": accounts(*logins), "cert.pem": chain, "key.pem": key}
    path = "/tmp/docker-mailserver/"
    env |= {"SSL_TYPE": "manual", "SSL_CERT_PATH": f"{path}cert.pem", "SSL_KEY_PATH": f"{path}key.pem"}
    env |= {"SPOOF_PROTECTION": "0", "ENABLE_SUBMISSIONS": "1"}
    return lab.mailserver(name, files, env, hostname=f"{name}.test", ip=ip, ready=(25, 587, 465)), chain


@pytest.fixture(scope="module")
def post(lab: Lab) -> Post:
    names = ("relay-a", "relay-b", "far", "tape")
    ips = {name: lab.address() for name in names}
    records = [f"host-record={name}.test,{ip}" for name, ip in ips.items()]
    hub_ip = lab.address()
    ours = ("a", "b", "direct", "clear", "plain", "shop")
    lab.zone(*records, "mx-host=greedy.test,tape.test,10", *(f"host-record={name}.test,{hub_ip}" for name in ours))
    tape = lab.container(
        "tape", "-v", f"{TAPE}:/tape.py:ro", image=CLIENTS, ip=ips["tape"],
        command=("python3", "-u", "/tape.py", "25", "587", "2525"),
    )  # fmt: skip
    relay_a, chain_a = relay(lab, "relay-a", ips["relay-a"], LOGIN_A)
    relay_b, chain_b = relay(lab, "relay-b", ips["relay-b"], LOGIN_B, LOGIN_DEFAULT)
    far = lab.mailserver("far", {"postfix-accounts.cf": accounts(READER)}, hostname="far.test", ip=ips["far"])
    config = {
        "postfix-accounts.cf": accounts(ALICE, BOB, CAROL, DAVE, ERIN),
        "postfix-virtual.cf": "sales@shop.test alice@a.test\nforward@a.test somebody@greedy.test\n",
        "postfix-relaymap.cf": "@b.test [relay-b.test]:465\n@direct.test\n@clear.test [tape.test]:587\n"
        "@plain.test [tape.test]:2525\n",
        "postfix-sasl-password.cf": f"@b.test {LOGIN_B}:{PASSWORD}\n@direct.test carol:{PASSWORD}\n"
        f"[tape.test]:587 dave:{PASSWORD}\n",
        **trusting(chain_a + chain_b),
        "password": PASSWORD + "\n",
    }
    env = {"RELAY_HOST": "relay-a.test", "RELAY_PORT": "587", "RELAY_USER": LOGIN_A}
    env["RELAY_PASSWORD__FILE"] = "/tmp/docker-mailserver/password"
    hub = lab.mailserver("hub", config, env, ip=hub_ip)
    return Post(lab, relay_a, relay_b, far, tape, chain_a + chain_b, hub)


def test_a_domain_of_ours_goes_through_relay_host_with_its_login(post: Post) -> None:
    for sender in (ALICE, "sales@shop.test"):
        mail = post.far.receives(READER, post.hub.submit(sender, READER, login=ALICE))
        assert "from relay-a.test" in mail
    assert f"sasl_username={LOGIN_A}" in post.relay_a.log()
    verified = "Verified TLS connection established to relay-a.test"
    assert post.hub.sees(verified)


def test_a_row_sends_a_domain_through_another_relay_with_tls_from_the_first_byte(post: Post) -> None:
    assert "from relay-b.test" in post.far.receives(READER, post.submit(BOB))
    assert "postfix/submissions/smtpd" in post.relay_b.sees(f"sasl_username={LOGIN_B}")
    assert LOGIN_B not in post.relay_a.log()


def test_a_domain_that_opts_out_goes_straight_to_a_server_without_tls_or_login(post: Post) -> None:
    mail = post.far.receives(READER, post.submit(CAROL))
    assert "from mail.hub.test" in mail
    assert "from relay-" not in mail


def heard(post: Post, port: int, sender: str) -> list[str]:
    """What the tape heard on ``port`` once mail of ``sender`` came; the log shows it whole."""
    post.tape.sees(f"{port} < MAIL FROM:<{sender}>")
    post.tape.sees(f"{port} < .")
    return [line for line in post.tape.log().splitlines() if line.startswith(f"{port} ")]


@pytest.mark.parametrize("sender", [CAROL, "", "stranger@outside.test"])
def test_no_mx_is_offered_a_password_though_it_asks(post: Post, sender: str) -> None:
    if sender == CAROL:
        post.submit(sender, "somebody@greedy.test")
    elif sender:
        post.hub.deliver(sender, "forward@a.test")
    else:
        post.hub.submit("", "somebody@greedy.test", login=ALICE)
    said = heard(post, 25, sender)
    assert not [line for line in said if "AUTH" in line]


def test_a_relay_without_a_login_is_used_as_it_is(post: Post) -> None:
    post.submit(ERIN)
    assert not [line for line in heard(post, 2525, ERIN) if "AUTH" in line]


def test_a_relay_without_tls_gets_neither_password_nor_mail(post: Post) -> None:
    post.submit(DAVE)
    held = post.hub.sees("TLS is required, but was not offered")
    assert "status=deferred" in held
    assert DAVE in post.hub.run("postqueue", "-p")
    said = [line for line in post.tape.log().splitlines() if line.startswith("587 ")]
    assert not [line for line in said if "AUTH" in line or "MAIL" in line]
    # And nobody else's mail waits for it.
    post.far.receives(READER, post.submit(CAROL))


def test_only_root_reads_the_logins(post: Post) -> None:
    listed = post.hub.run("sh", "-c", "stat -L -c '%a %U %n' /etc/postfix/*-logins*").splitlines()
    assert len(listed) == 6
    assert {line.rpartition(" ")[0] for line in listed} == {"600 root"}


def test_nothing_secret_is_logged(post: Post) -> None:
    login = f"{LOGIN_A}\0{LOGIN_A}\0{PASSWORD}", f"\0{LOGIN_A}\0{PASSWORD}"
    coded = [base64.b64encode(text.encode()).decode() for text in login]
    for server in (post.hub, post.relay_a, post.relay_b):
        log = server.log()
        assert f":{PASSWORD}" not in log
        assert not [word for word in (PASSWORD, *coded) if word in log.replace("secrets", "")]


def neighbour(lab: Lab, server: Server, sender: str) -> str:
    """What swaks says of a mail from another container of the network."""
    return docker(
        *("run", "--rm", "--label", LABEL, "--network", lab.on.name, CLIENTS, "swaks", "--server", server.ip),
        *("--helo", "app.test", "--from", sender, "--to", READER, "--header", f"Subject: from {sender}"),
        check=False,
    )


def test_default_relay_host_takes_all_mail_of_a_pure_relay_and_no_stranger_s(post: Post) -> None:
    config = post.trusted()
    env = {"SMTP_ONLY": "1", "PERMIT_DOCKER": "connected-networks", "DEFAULT_RELAY_HOST": "[relay-b.test]:465"}
    env |= {"RELAY_USER": LOGIN_DEFAULT, "RELAY_PASSWORD": PASSWORD}
    hub = post.lab.mailserver("pure", config, env, ready=(25,))
    assert "250 2.0.0 Ok: queued" in neighbour(post.lab, hub, "a@outside.test")
    assert until("the mail", lambda: [it for it in post.far.mails(READER) if "from a@outside.test" in it])
    assert post.relay_b.sees(f"sasl_username={LOGIN_DEFAULT}")
    # The host is a stranger (it comes from the gateway), and so is what arrives at the hub with logins.
    for server in (hub, post.hub):
        with pytest.raises(OSError, match="Relay access denied"):
            server.deliver("stranger@outside.test", READER)


def test_a_relay_that_proves_no_name_gets_no_password(post: Post) -> None:
    config = {"postfix-accounts.cf": accounts(ALICE)}
    env = {"RELAY_HOST": "relay-a.test", "RELAY_PORT": "587", "RELAY_USER": "wary@a.test", "RELAY_PASSWORD": PASSWORD}
    wary = post.lab.mailserver("wary", config, env)
    wary.submit(ALICE, READER)
    assert "status=deferred" in wary.sees("Server certificate not ver")
    assert "wary@a.test" not in post.relay_a.log()
    name = "relay-relay-a.test-587/unix/smtp_tls_security_level=encrypt\n"
    config |= {"postfix-master.cf": name}
    free = post.lab.mailserver("free", config, env | {"RELAY_USER": LOGIN_A})
    assert "from relay-a.test" in post.far.receives(READER, free.submit(ALICE, READER))


def test_a_relay_of_setup_is_used_at_once(post: Post) -> None:
    row = "@plain.test [tape.test]:2525\n"
    hub = post.lab.mailserver(
        "edited", {"postfix-accounts.cf": accounts(ERIN), "postfix-relaymap.cf": row, **post.trusted()}
    )
    hub.run("setup", "relay", "add-auth", "plain.test", LOGIN_B, PASSWORD)
    hub.run("setup", "relay", "add-domain", "plain.test", "relay-b.test", "465")
    assert "from relay-b.test" in post.far.receives(READER, hub.submit(ERIN, READER))
    assert PASSWORD not in hub.run("mailwright", "diff", check=False)
