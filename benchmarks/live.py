"""How soon a change is live with one account and with many; the bare server has no such measure."""

import ssl
import time
from pathlib import Path
from statistics import median

from benchmarks.client import certificate, logs_in, seconds, takes
from benchmarks.docker import DockerError, address, docker
from benchmarks.lab import Lab, Server
from benchmarks.observe import asleep, idle_memory, memory_of
from benchmarks.population import ONE, TLS, append, certify, folder, many, row, with_certificate
from benchmarks.subject import DOMAIN, PASSWORD, Subject

Values = dict[str, float]
ADDS = 5
EDITS = 3
ALIASES_EACH = 10  # a million
# doveadm asks Dovecot directly: each failed login would hold its connection for two seconds.
KNOWN = 'until doveadm user "$1" > /dev/null 2>&1; do sleep 0.05; done'


def added(server: Server, ip: str, name: str) -> tuple[float, float]:
    """The seconds until `setup email add` has returned, and until its account has logged in."""
    started = time.monotonic()
    docker("exec", server.container, "setup", "email", "add", name, PASSWORD)
    returned = time.monotonic() - started
    return returned, seconds(lambda: logs_in(ip, name), started)


def edited(server: Server, ip: str, config: Path, name: str) -> float:
    """The seconds from an edit of postfix-accounts.cf by another program until its account has logged in."""
    append(config / "postfix-accounts.cf", row(name))
    started = time.monotonic()
    try:
        docker("exec", server.container, "timeout", "60", "sh", "-c", KNOWN, "sh", name)
    except DockerError:
        return float("nan")
    return seconds(lambda: logs_in(ip, name), started)


def aliased(ip: str, config: Path, name: str) -> float:
    """The seconds from an edit of postfix-virtual.cf by another program until port 25 accepts mail for its alias."""
    append(config / "postfix-virtual.cf", f"{name} box0@{DOMAIN}\n")
    return seconds(lambda: takes(ip, name))


def renewed(server: Server, ip: str, config: Path) -> float:
    """The seconds from a renewed certificate until a new session on 993 shows it."""
    certify(server.subject, config)
    started = time.monotonic()
    expected = ssl.PEM_cert_to_DER_cert((config / TLS / "cert.pem").read_text())
    return seconds(lambda: certificate(ip) == expected, started)


def changes(lab: Lab, subject: Subject, count: int) -> Values:
    """Every kind of change with that many accounts; at the first one the watching process sleeps."""
    config = folder(lab, count)
    certify(subject, config)
    with lab.serve(with_certificate(subject), config=config) as server:
        ip = address(server.container)
        asleep(server.container)
        adds = [added(server, ip, f"new{number}@{DOMAIN}") for number in range(ADDS + 1)]
        edits = [edited(server, ip, config, f"edited{number}@{DOMAIN}") for number in range(EDITS)]
        aliases = [aliased(ip, config, f"alias{number}@{DOMAIN}") for number in range(EDITS)]
        renewals = [renewed(server, ip, config) for _ in range(EDITS)]
    return {
        f"add_first_{count}": adds[0][1],
        f"add_returned_{count}": median(returned for returned, _ in adds[1:]),
        f"add_{count}": median(login for _, login in adds[1:]),
        f"edit_{count}": median(edits),
        f"alias_{count}": median(aliases),
        f"renewal_{count}": median(renewals),
    }


def live(lab: Lab, subject: Subject, quick: bool) -> Values:
    """Changes with one account and with many."""
    return changes(lab, subject, ONE) | changes(lab, subject, many(quick))


def aliases(lab: Lab, subject: Subject, quick: bool) -> Values:
    """Ten aliases for each of many accounts: the boot, the memory, and one alias more."""
    config = folder(lab, many(quick), ALIASES_EACH)
    with lab.serve(subject, config=config) as server:
        watch = asleep(server.container)
        _, size = idle_memory(server.container)
        ip = address(server.container)
        return {
            "aliases_boot": server.boot,
            "aliases_pss": size,
            "aliases_watch_pss": memory_of(watch),
            "aliases_one_more": median(aliased(ip, config, f"more{number}@{DOMAIN}") for number in range(EDITS)),
        }
