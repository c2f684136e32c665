"""doctor, dns and status against a real DNS server and real daemons."""

from __future__ import annotations

import json
import shutil

import dns.zone
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mailwright.core import paths
from mailwright.dns import records
from mailwright.formats.dkim_keys import record
from tests import pki
from tests.container.conftest import ALICE, BOB
from tests.container.docker import docker, until
from tests.container.lab import Lab, Server, accounts

HOST = "mail.example.test"
LEAF, INTERMEDIATE, ROOT, CERTIFICATE_KEY = pki.hierarchy(HOST)
PEM = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
KEY = "rspamd/dkim/rsa-2048-mail-example.test.private.txt"


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    config: dict[str, str | bytes] = {
        "postfix-accounts.cf": accounts("postmaster@example.test", ALICE, BOB),
        KEY: PEM,
        "ssl/cert.pem": LEAF + INTERMEDIATE + ROOT,
        "ssl/key.pem": CERTIFICATE_KEY,
    }
    folder = "/tmp/docker-mailserver/ssl"
    env = {"SSL_TYPE": "manual", "SSL_CERT_PATH": f"{folder}/cert.pem", "SSL_KEY_PATH": f"{folder}/key.pem"}
    return lab.mailserver("example", config, env)


def doctor(server: Server, *args: str) -> tuple[int, list[dict[str, str]]]:
    done = server.ask("setup", "doctor", "--json", *args)
    return done.code, json.loads(done.printed)


def told(found: list[dict[str, str]], level: str = "finding") -> list[str]:
    return [f"{it['area']}: {it['what']}" for it in found if it["level"] == level]


def wire(name: str) -> str:
    """A domain name as dnsmasq's dns-rr takes it: in hex, labels with their length."""
    return "".join(f"{len(label):02x}{label.encode().hex()}" for label in name.split(".")) + "00"


ADDRESS = "192.0.2.25"
INTERNET = ["host-record=a.root-servers.net,198.41.0.4", "host-record=ns.example.test,{dns}"]
LISTS = ("zen.spamhaus.org", "bl.spamcop.net", "psbl.surriel.com")


def zone(lab: Lab, *records: str) -> None:
    """The lab's DNS says ``records``; example.test has a name server, and the block lists their test entries."""
    tests = [f"host-record=2.0.0.127.{it},127.0.0.2" for it in LISTS]
    lab.zone(
        *(it.format(dns=lab.dns) for it in INTERNET),
        f"dns-rr=example.test,2,{wire('ns.example.test')}",
        *tests,
        *records,
    )


def good_zone() -> list[str]:
    """dnsmasq's options for a zone that says all it should."""
    key = record(PEM)
    return [
        f"host-record={HOST},{ADDRESS}",
        f"ptr-record=25.2.0.192.in-addr.arpa,{HOST}",
        f"mx-host=example.test,{HOST},10",
        "txt-record=example.test,v=spf1 mx -all",
        "txt-record=_dmarc.example.test,v=DMARC1; p=reject; rua=mailto:postmaster@example.test",
        f"txt-record=mail._domainkey.example.test,{key[:200]},{key[200:]}",
        "txt-record=_mta-sts.example.test,v=STSv1; id=2026",
        "host-record=mta-sts.example.test,192.0.2.80",
        "txt-record=_smtp._tls.example.test,v=TLSRPTv1; rua=mailto:postmaster@example.test",
        f"srv-host=_imaps._tcp.example.test,{HOST},993,0,1",
        f"srv-host=_imap._tcp.example.test,{HOST},143,10,1",
        f"srv-host=_submission._tcp.example.test,{HOST},587,0,1",
        *(f"srv-host={service}._tcp.example.test" for service in ("_pop3s", "_pop3", "_submissions", "_sieve")),
        f"dns-rr=_25._tcp.{HOST},52,030101{records.spki_digest(LEAF)}",
    ]


UNSIGNED = "nothing signs with it: with ENABLE_RSPAMD=0"  # true of this server
INSIDE = ("configuration", "daemons", "ports", "certificates", "queue", "disk", "clock")


def of_dns(found: list[dict[str, str]], *levels: str) -> list[str]:
    return [it["code"] for it in found if it["area"] not in INSIDE and it["level"] in levels]


def test_a_zone_that_says_all_it_should(lab: Lab, server: Server) -> None:
    zone(lab, *good_zone())
    until("the zone", lambda: not of_dns(doctor(server)[1], "finding"))
    code, found = doctor(server)
    assert told(found) == [], found
    assert code == 0
    assert of_dns(found, "note") == []
    assert of_dns(found, "not asked") == ["mta-sts-unfetched"]


def test_each_thing_that_is_wrong(lab: Lab, server: Server) -> None:
    zone(
        lab,
        f"host-record={HOST},{ADDRESS}",
        "ptr-record=25.2.0.192.in-addr.arpa,pool.provider.test",
        "host-record=other.test,192.0.2.9",
        "mx-host=example.test,other.test,10",
        "txt-record=example.test,v=spf1 mx -all",
        "txt-record=mail._domainkey.example.test,v=DKIM1; k=rsa; p=AAAA",
        "txt-record=_mta-sts.example.test,v=STSv1; id=not-so",
        "txt-record=_smtp._tls.example.test,v=TLSRPTv1; rua=nobody",
        f"dns-rr=_25._tcp.{HOST},52,030101{'00' * 32}",
        "host-record=25.2.0.192.zen.spamhaus.org,127.0.0.4",
        "host-record=25.2.0.192.bl.spamcop.net,127.255.255.254",
    )
    until("the zone", lambda: "listed" in of_dns(doctor(server)[1], "finding"))
    code, found = doctor(server)
    assert code == 1
    assert of_dns(found, "finding") == [
        *("reverse-other", "listed", "tlsa-wrong", "mx-elsewhere", "spf-not-us", "dkim-differs", "dmarc-missing"),
        *("mta-sts-broken", "mta-sts-no-host", "tlsrpt-broken"),
    ]
    assert sorted(of_dns(found, "note")) == ["srv-missing"] * 3 + ["srv-not-offered-missing"] * 4
    assert of_dns(found, "not asked") == ["list-refuses"]
    assert all(it["cure"] for it in found if it["level"] == "finding")
    text = server.run("setup", "doctor", check=False)
    assert f"  ! {ADDRESS} is on the block list zen.spamhaus.org (127.0.0.4)\n      https://check.spamhaus.org" in text
    assert "is issued for" not in text


def test_docker_does_not_tell_the_public_address(lab: Lab, server: Server) -> None:
    """Its resolver gives the inner address for the host name; who stands behind it is asked around it."""
    lab.zone("host-record=a.root-servers.net,198.41.0.4", f"host-record={HOST},{ADDRESS}")
    until("the zone", lambda: f"listing of {ADDRESS}" in json.dumps(doctor(server)[1]))
    assert "host-private" not in of_dns(doctor(server)[1], "note")
    lab.zone("host-record=a.root-servers.net,198.41.0.4")
    until("the zone", lambda: "host-no-address" in of_dns(doctor(server)[1], "finding"))


def test_a_dead_resolver_does_not_hold_doctor_up(lab: Lab, server: Server) -> None:
    """It asks one question; what else it would ask is told as one thing that was not asked."""
    docker("kill", lab.on.dns_name)
    code, found = doctor(server)
    assert code == 1
    assert of_dns(found, "finding", "not asked") == ["resolver-dead", "dns-unasked"]


def test_a_resolver_that_dies_on_the_way(lab: Lab, server: Server) -> None:
    """Nothing below example.test is answered but for the root: the wait ends, and each question is told."""
    lab.zone("host-record=a.root-servers.net,198.41.0.4", "server=/example.test/192.0.2.1")

    def unasked() -> list[str]:
        found = doctor(server)[1]
        alive = "resolver-dead" not in of_dns(found, "finding")  # dnsmasq has just been started anew
        return [it["what"] for it in found if alive and it["code"] == "domain-unasked"]

    (lost,) = until("the end of the wait", unasked, 90)
    assert "MX example.test" in lost
    assert "did not answer within 4 s" in lost or "SERVFAIL" in lost


def of_inside(server: Server, level: str) -> list[str]:
    """The codes of what is wrong inside; the clock of the machine that tests is its own."""
    found = doctor(server, "--offline")[1]
    found = [it for it in found if it["area"] != "clock" and UNSIGNED not in it["what"]]
    return [it["code"] for it in found if it["level"] == level]


def test_offline_and_a_mistake(server: Server) -> None:
    assert server.config
    file = server.config / "postfix-virtual.cf"
    file.write_text("nonsense\n")
    said = server.run("setup", "doctor", "--offline", check=False)
    assert "  ! postfix-virtual.cf:1: alias 'nonsense' has no target" in said
    assert "? host name, block lists and mail domains were not checked: --offline was given" in said
    assert "? certificates were not checked: the configuration is refused" in said
    unasked = of_inside(server, "not asked")
    file.unlink()
    assert unasked == ["configuration-unchecked", "certificates-unasked", "dns-unasked"]
    until("mended", server.is_settled)
    assert "\n0 findings" in server.run("setup", "doctor", "--offline", check=False)


def test_what_is_wrong_with_the_configuration(server: Server) -> None:
    assert server.config
    assert (of_inside(server, "finding"), of_inside(server, "note")) == ([], [])
    assert of_inside(server, "not asked") == ["dns-unasked"]
    key = server.config / "opendkim" / "keys" / "example.test" / "old.private"
    key.parent.mkdir(parents=True)
    key.write_text("nonsense")
    (server.config / "postfix-main.cf").write_text("smtpd_soft_error_limit = abc\n")
    assert of_inside(server, "finding") == ["dkim-unreadable", "configuration-refused"]
    assert of_inside(server, "note") == ["configuration-warning", "configuration-drift"]
    (server.config / "postfix-main.cf").unlink()
    shutil.rmtree(server.config / "opendkim")
    until("mended", server.is_settled)
    assert of_inside(server, "finding") == []


def test_problems_that_stand_and_edits_of_others(server: Server) -> None:
    change = "import json; p='{}'; v=json.load(open(p)); v['problems']={}; json.dump(v, open(p, 'w'))"
    server.run("python3", "-c", change.format(paths.OUTCOME, ["x.cf:1: stands"]))
    server.run("sh", "-c", "echo '# edited' >> /etc/postfix/main.cf")
    assert of_inside(server, "finding") == ["configuration-not-live"]
    assert of_inside(server, "note") == ["configuration-drift"]
    server.run("python3", "-c", change.format(paths.OUTCOME, []))
    server.run("sed", "-i", "$d", "/etc/postfix/main.cf")
    assert (of_inside(server, "finding"), of_inside(server, "note")) == ([], [])


# The arrival stands in the queue file, in seconds since the epoch.
LATER = """
import json, pathlib, subprocess
mail = json.loads(subprocess.check_output(["postqueue", "-j"]))
[file] = pathlib.Path("/var/mail-state/spool-postfix").glob(f"deferred/**/{mail['queue_id']}")
came = mail["arrival_time"]
file.write_bytes(file.read_bytes().replace(str(came).encode(), str(came - 3 * 3600).encode()))
"""


def test_mail_that_waits(server: Server) -> None:
    server.run("sendmail", "-f", ALICE, "someone@[192.0.2.1]", text="Subject: x\n\nx\n")
    until("the queue", lambda: "192.0.2.1" in server.run("postqueue", "-j"))
    assert "mail-waits" not in of_inside(server, "finding")
    until("a first attempt", lambda: "deferred" in server.run("postqueue", "-j"), 60)
    server.run("python3", "-c", LATER)
    found = doctor(server, "--offline")[1]
    server.run("postsuper", "-d", "ALL")
    (late,) = [it for it in found if it["code"] == "mail-waits"]
    assert late["what"].startswith("1 mail in the queue for more than an hour")


def test_a_daemon_that_stopped_and_its_port(server: Server) -> None:
    server.run("supervisorctl", "-c", "/etc/supervisor/supervisord.conf", "stop", "dovecot")
    found = of_inside(server, "finding")
    status = server.run("setup", "status", check=False)
    assert found == ["daemon-stopped", "port-silent", "port-silent"]
    assert "dovecot stopped" in status
    server.run("supervisorctl", "-c", "/etc/supervisor/supervisord.conf", "start", "dovecot")
    server.wait_ready(993)


def test_dns_prints_the_state_of_each_record(lab: Lab, server: Server) -> None:
    zone(
        lab,
        *[it for it in good_zone() if "_imaps" not in it and "v=spf1" not in it],
        "txt-record=example.test,v=spf1 -all",
    )

    def states() -> dict[tuple[str, str], str]:
        rows = json.loads(server.run("setup", "dns", "example.test", "--json"))
        return {(it["type"], it["name"]): it["state"] for it in rows}

    until("the zone", lambda: states()["MX", "example.test"] == "present")
    found = states()
    assert found.pop(("SRV", "_imaps._tcp.example.test")) == "missing"
    assert found.pop(("TXT", "example.test")).startswith("differs: the SPF result for this server's address")
    assert set(found.values()) == {"present"}
    assert ("TLSA", f"_25._tcp.{HOST}") in found


def test_a_parser_takes_the_zone(server: Server) -> None:
    lines = server.run("setup", "dns", "--zone")
    head = "@ 3600 IN SOA ns.example.test. root.example.test. 1 2 3 4 5\n@ 3600 IN NS ns.other.test.\n"
    found = dns.zone.from_text(head + lines, origin="example.test.")
    key = b"".join(found.find_rdataset("mail._domainkey", "TXT")[0].strings).decode()
    assert key == record(PEM)
    assert str(found.find_rdataset("_25._tcp.mail", "TLSA")[0]) == f"3 1 1 {records.spki_digest(LEAF)}"


def test_an_open_relay_is_tried(lab: Lab, server: Server) -> None:
    def codes() -> list[str]:
        return [each["code"] for each in doctor(server)[1] if "relay" in each["code"]]

    assert codes() == []
    main, everybody = "/etc/postfix/main.cf", "check_client_access static:OK, reject_unauth_destination"
    changed = f"postconf -e 'smtpd_relay_restrictions = {everybody}' smtpd_recipient_restrictions= && postfix reload"
    server.run("sh", "-c", f"cp -p {main} /tmp/main.cf; {changed}")
    try:
        until("a finding", lambda: codes() == ["open-relay"], 30)
    finally:
        server.run("sh", "-c", f"cat /tmp/main.cf > {main} && postfix reload")
