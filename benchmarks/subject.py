"""The two measured servers: how each is started, and where its accounts are."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.docker import docker

HOST = "mail.example.test"
DOMAIN = "example.test"
PASSWORD = "benchmark"
# The scheme that `setup email add` of docker-mailserver writes; both sides check the same hash.
PASSWORD_HASH = (
    "{SHA512-CRYPT}$6$benchmark$98z9G6t2WzBrGMK2T5sz/zqNLkcRIRcdzNub/BtnCF15zi1DWYzRWNkSX3Xtqj67rqLHb8dwX.v/9SXF8ydhH1"
)
UNLIMITED = "SUBMISSION_LIMIT=0"  # the load comes from one login
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Subject:
    """An image with the options of `docker run` for it."""

    name: str
    image: str
    config: str  # where the config folder is mounted
    state: str  # where the queue is kept
    options: tuple[str, ...]
    write_accounts: Callable[[Path, list[str]], None]


def mailboxes(count: int) -> list[str]:
    """Return the addresses that /load.py writes to: box0@…, box1@…"""
    return [f"box{number}@{DOMAIN}" for number in range(count)]


def write_bare(folder: Path, addresses: list[str]) -> None:
    """The folder holds Dovecot's passwd-file and Postfix's table of mailboxes."""
    users = []
    for address in addresses:
        user, _, domain = address.partition("@")
        users.append(f"{address}:{PASSWORD_HASH}:5000:5000::/var/mail/{domain}/{user}/home\n")
    (folder / "users").write_text("".join(users))
    (folder / "vmailbox").write_text("".join(f"{address} mailbox\n" for address in addresses))


def write_contract(folder: Path, addresses: list[str]) -> None:
    """The folder holds postfix-accounts.cf; the load, which comes from one address, may log in as often as it likes."""
    lines = [f"{address}|{PASSWORD_HASH}\n" for address in addresses]
    (folder / "postfix-accounts.cf").write_text("".join(lines))
    (folder / "postfix-master.cf").write_text("submission/inet/smtpd_client_auth_rate_limit=0\n")


def compose_options(compose: Path) -> tuple[str, ...]:
    """Return the options of `docker run` for what compose.yaml says about file systems and capabilities."""
    model = json.loads(docker("compose", "--file", str(compose), "config", "--format", "json"))
    service = next(iter(model["services"].values()))
    options = ["--read-only"] if service.get("read_only") else []
    for key, option in (
        ("cap_drop", "--cap-drop"),
        ("cap_add", "--cap-add"),
        ("security_opt", "--security-opt"),
        ("tmpfs", "--tmpfs"),
    ):
        options += [word for value in service.get(key, []) for word in (option, value)]
    return tuple(options)


def as_shipped(subject: Subject) -> Subject:
    """Return the subject without the setting that only a load needs."""
    options = list(subject.options)
    if UNLIMITED in options:
        place = options.index(UNLIMITED)
        options[place - 1 : place + 1] = []
    return replace(subject, options=tuple(options))


def bare() -> Subject:
    """Postfix and Dovecot, configured by hand in benchmarks/bare/."""
    image = "mailwright-bench-bare"
    docker("build", "--quiet", "--tag", image, str(HERE / "bare"))
    return Subject("bare", image, "/config", "/var/spool/postfix", (), write_bare)


def bare_filtered() -> Subject:
    """The bare server behind Rspamd and Redis, configured by hand in benchmarks/filtered/."""
    unfiltered, image = bare(), "mailwright-bench-filtered"
    docker("build", "--quiet", "--tag", image, str(HERE / "filtered"))
    return replace(unfiltered, name="bare-rspamd", image=image)


def mailwright(image: str, *, filters: bool) -> Subject:
    """The image as compose.yaml runs it, with its default filter or without; the load comes from one login."""
    environment = (
        *("--env", f"OVERRIDE_HOSTNAME={HOST}", "--env", "POSTFIX_INET_PROTOCOLS=ipv4"),
        *("--env", "SSL_TYPE=", "--env", f"ENABLE_RSPAMD={filters:d}", "--env", UNLIMITED),
    )
    options = (*environment, *compose_options(HERE.parent / "compose.yaml"))
    pinned = docker("image", "inspect", "--format", "{{.Id}}", image)  # a rebuild during the run has no effect
    return Subject("mailwright", pinned, "/tmp/docker-mailserver", "/var/mail-state", options, write_contract)
