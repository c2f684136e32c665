"""How soon a change is live, and what a hundred thousand accounts and aliases cost; bare has neither."""

import imaplib
import os
import smtplib
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.docker import address, docker
from benchmarks.greeting import tls_of_any_name
from benchmarks.lab import Lab, Server
from benchmarks.observe import idle_memory
from benchmarks.subject import PASSWORD, PASSWORD_HASH, Subject

Values = dict[str, float]
COUNTS = (1, 1_000, 10_000, 100_000)
MANY = 100_000
DEADLINE = 60.0
IDLE = 20.0  # seconds over which the watching process's CPU time is taken


def folder(lab: Lab, count: int) -> Path:
    """A config folder with `count` accounts and as many aliases, a hundred of each in a domain."""
    found = lab.folder / f"live-{count}"
    found.mkdir(exist_ok=True)
    names = [f"box{number}@d{number // 100}.example.test" for number in range(count)]
    (found / "postfix-accounts.cf").write_text("".join(f"{name}|{PASSWORD_HASH}\n" for name in names))
    (found / "postfix-virtual.cf").write_text("".join(f"to-{name} {name}\n" for name in names))
    return found


def seconds(done: Callable[[], bool]) -> float:
    """How long it takes until `done`, looked at all the time."""
    started = time.monotonic()
    while not done():
        if time.monotonic() > started + DEADLINE:
            return float("nan")
        time.sleep(0.005)
    return time.monotonic() - started


def logs_in(ip: str, login: str) -> bool:
    """True when an IMAP login works."""
    client = imaplib.IMAP4_SSL(ip, 993, ssl_context=tls_of_any_name())
    try:
        client.login(login, PASSWORD)
    except imaplib.IMAP4.error:
        return False
    finally:
        client.shutdown()
    return True


def takes(ip: str, recipient: str) -> bool:
    """True when port 25 takes mail for the recipient."""
    with smtplib.SMTP(ip, 25, local_hostname="client.outside.test", timeout=30) as client:
        client.ehlo()
        client.mail("friend@outside.test")
        return client.rcpt(recipient)[0] == 250


def append(path: Path, row: str) -> None:
    """The file has one more row, put in place by a rename as editors do."""
    fresh = path.with_name(".new")
    fresh.write_text(path.read_text() + row)
    fresh.rename(path)


def add(server: Server, ip: str, name: str) -> float:
    """Seconds that `setup email add` takes until its account has logged in."""
    started = time.monotonic()
    docker("exec", server.container, "setup", "email", "add", name, PASSWORD)
    return time.monotonic() - started if logs_in(ip, name) else float("nan")


def changes(lab: Lab, subject: Subject, count: int) -> Values:
    """Every kind of change at that many accounts, and what looking at them costs."""
    config = folder(lab, count)
    with lab.serve(subject, config=config) as server:
        ip = address(server.container)
        _, size = idle_memory(server.container)
        adds = [add(server, ip, f"new{number}@d0.example.test") for number in range(6)]
        append(config / "postfix-accounts.cf", f"edited@d0.example.test|{PASSWORD_HASH}\n")
        # Not by logging in: Dovecot answers a login that fails two seconds late.
        edited = seconds(lambda: takes(ip, "edited@d0.example.test"))
        append(config / "postfix-virtual.cf", "alias@d0.example.test box0@d0.example.test\n")
        alias = seconds(lambda: takes(ip, "alias@d0.example.test"))
        logins = [seconds(lambda: logs_in(ip, "box0@d0.example.test")) for _ in range(30)]
        lookups = [seconds(lambda: takes(ip, "to-box0@d0.example.test")) for _ in range(30)]
        return {
            f"add_first_{count}": adds[0],
            f"add_{count}": median(adds[1:]),
            f"edit_{count}": edited,
            f"alias_{count}": alias,
            f"login_{count}": 1000 * median(logins),
            f"lookup_{count}": 1000 * median(lookups),
            f"pss_{count}": size,
            f"watch_cpu_{count}": watch_cpu(server.container),
        }


def watch_cpu(container: str) -> float:
    """Percent of a core that the watching process takes while nothing changes."""
    script = "awk '{print $14 + $15}' /proc/$(pgrep -of mailwright.watch)/stat"
    before = int(docker("exec", container, "sh", "-c", script))
    time.sleep(IDLE)
    spent = int(docker("exec", container, "sh", "-c", script)) - before
    return 100 * spent / os.sysconf("SC_CLK_TCK") / IDLE


def live(lab: Lab, subject: Subject, quick: bool) -> Values:
    """Changes at one account and at many, and the ratio of what must not depend on the number."""
    many = 1000 if quick else MANY
    one, all_ = changes(lab, subject, 1), changes(lab, subject, many)
    ratios = {f"{name}_ratio": all_[f"{name}_{many}"] / one[f"{name}_1"] for name in ("login", "lookup")}
    return one | all_ | ratios


def scale(lab: Lab, subject: Subject, quick: bool) -> Values:
    """Boot by the number of accounts and aliases."""
    found: Values = {}
    for count in COUNTS[: 2 if quick else len(COUNTS)]:
        with lab.serve(subject, config=folder(lab, count)) as server:
            found[f"scale_{count}"] = server.boot
    return found
