"""What a directory costs: servers with the same many accounts in files, in PostgreSQL and in OpenLDAP take turns."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from math import isnan
from pathlib import Path
from statistics import median

from benchmarks.client import logs_in, seconds, takes
from benchmarks.docker import DockerError, address, docker
from benchmarks.lab import LABELS, RUN, Lab, Server
from benchmarks.population import alias, box, folder, many
from benchmarks.ratio import CONNECTIONS, MAILS, ROUNDS, Cost, Values, cost, delivered, one_by_one
from benchmarks.subject import HERE, PASSWORD_HASH, Subject
from tests.container.databases import SECRET
from tests.pki import hierarchy

IMAGES = HERE.parent / "tests/container"
BASE = "dc=example,dc=test"
LOADING = 600.0  # seconds for the entries of a directory
SECRETS = {"SQL": SECRET, "LDAP": "secret-of-the-reader"}
MASTER = {"postfix-master.cf": "submission/inet/smtpd_client_auth_rate_limit=0\n"}
SETTINGS = {
    "FILE": {},
    "SQL": {"SQL_DRIVER": "postgresql", "SQL_DATABASE": "mail", "SQL_USER": "mail", "SQL_PASSWORD": SECRETS["SQL"]},
    "LDAP": {
        "LDAP_START_TLS": "yes",
        "LDAP_SEARCH_BASE": BASE,
        "LDAP_BIND_DN": f"cn=mail,{BASE}",
        "LDAP_BIND_PW": SECRETS["LDAP"],
    },
}


def ldif(count: int) -> str:
    """The entries of that many accounts and aliases, as docker-mailserver's schema has them."""
    entries = [
        f"dn: {BASE}\nobjectClass: organization\nobjectClass: dcObject\no: x\ndc: example\n",
        f"dn: cn=mail,{BASE}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n"
        f"cn: mail\nuserPassword: {SECRETS['LDAP']}\n",
    ]
    for number in range(count):
        entries.append(
            f"dn: uid=box{number},{BASE}\nobjectClass: inetOrgPerson\nobjectClass: PostfixBookMailAccount\n"
            f"cn: x\nsn: x\nuid: box{number}\nmail: {box(number)}\nmailAlias: {alias(number)}\nmailEnabled: TRUE\n"
            f"userPassword: {PASSWORD_HASH}\n"
        )
    return "\n".join(entries)


def sql(count: int) -> str:
    """What fills the tables of our schema with that many accounts and aliases."""
    accounts = "\n".join(f"{box(number)}\t{PASSWORD_HASH}" for number in range(count))
    aliases = "\n".join(f"{alias(number)}\t{box(number)}" for number in range(count))
    return (
        f"COPY accounts (address, password) FROM stdin;\n{accounts}\n\\.\n"
        f"COPY aliases (alias, recipient) FROM stdin;\n{aliases}\n\\.\nANALYZE;\n"
    )


@contextmanager
def place(kind: str, config: Path, count: int) -> Iterator[str]:
    """The name of the container in which the accounts are; its certificates are in ``config``."""
    certificate, intermediate, root, key = hierarchy(f"{kind.lower()}.test")
    config.mkdir(exist_ok=True)
    files = {"cert.pem": certificate + intermediate, "key.pem": key, "ca.pem": root, "clients.pem": root, **MASTER}
    files |= {"entries.ldif": ldif(count)} if kind == "LDAP" else {}
    for name, text in files.items():
        (config / name).write_text(text)
    source, target = {"SQL": ("directories/postgresql", "/db"), "LDAP": ("directories/slapd", "/directory")}[kind]
    image, name = f"mailwright-bench-{kind.lower()}", f"{RUN}-{kind.lower()}"
    docker("build", "--quiet", "--tag", image, str(IMAGES / source))
    docker("run", "--detach", "--name", name, *LABELS, "--network", RUN, "--volume", f"{config}:{target}:ro", image)
    try:
        if kind == "LDAP":
            wait_for_entries(name)
        yield name
    finally:
        docker("rm", "--force", "--volumes", name)


def wait_for_entries(container: str) -> None:
    """The directory answers: all its entries are loaded."""
    deadline = time.monotonic() + LOADING
    while True:
        try:
            docker("exec", container, "ldapwhoami", "-x", "-H", "ldap:///")
        except DockerError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return


def subject_of(subject: Subject, kind: str, container: str) -> Subject:
    """The subject with its accounts in that container."""
    host = f"{kind.lower()}.test"
    # Files without a limit ask for no quota; a directory might have one for each account.
    settings = {"ACCOUNT_PROVISIONER": kind, "ENABLE_QUOTAS": "0", **SETTINGS[kind]}
    certificate = f"{subject.config}/ca.pem"
    if kind == "SQL":
        settings |= {"SQL_HOST": host, "SQL_CA_FILE": certificate}
    elif kind == "LDAP":
        settings |= {"LDAP_SERVER_HOST": f"ldap://{host}", "LDAP_TLS_CA_CERT_FILE": certificate}
    options = [word for name, value in settings.items() for word in ("--env", f"{name}={value}")]
    hosts = ("--add-host", f"{host}:{address(container)}") if container else ()
    return replace(subject, name=f"mailwright-{kind.lower()}", options=(*subject.options, *hosts, *options))


@contextmanager
def served(lab: Lab, subject: Subject, kind: str, count: int) -> Iterator[Server]:
    """A server whose accounts are there, all of them."""
    with ExitStack() as stack:
        config, container = folder(lab, count), ""
        if kind != "FILE":
            config = lab.folder / f"directory-{kind.lower()}"
            container = stack.enter_context(place(kind, config, count))
        # Postfix waits a second for each mail that begins and is given up, once there were many.
        (config / "postfix-main.cf").write_text("in_flow_delay = 0\n")
        server = stack.enter_context(lab.serve(subject_of(subject, kind, container), config=config))
        if kind == "SQL":
            docker("exec", server.container, "setup", "sql", "init")
            docker("exec", "--interactive", container, "psql", "-q", "mail", script=sql(count))
        if isnan(seconds(partial(takes, address(server.container), box(count - 1)))):
            raise DockerError(f"{kind}: the last of {count} accounts is not there")
        yield server


def costs(lab: Lab, server: Server, count: int, turn: int) -> dict[str, Cost]:
    """One round on one server. Nobody logs in twice, so that no cache answers."""
    ip, step = address(server.container), count // (CONNECTIONS * (ROUNDS + 1))
    numbers = [(turn * CONNECTIONS + number) * step for number in range(CONNECTIONS)]
    run: Callable[[Callable[[str, str], bool], list[str]], Cost] = lambda done, names: cost(  # noqa: E731
        server, CONNECTIONS, partial(one_by_one, done, ip, names)
    )
    return {
        "login": run(logs_in, [box(number) for number in numbers]),
        "again": run(logs_in, [box(number) for number in numbers]),
        "rcpt": run(takes, [alias(number) for number in numbers]),
        "delivery": cost(server, MAILS, partial(delivered, lab, server, "inbound")),
    }


def directories(lab: Lab, subject: Subject, quick: bool) -> Values:
    """Milliseconds of a login, a look-up and a delivery with each kind of accounts, and the ratios to files."""
    count = many(quick)
    with ExitStack() as stack:
        servers = {kind: stack.enter_context(served(lab, subject, kind, count)) for kind in SETTINGS}
        rounds = []
        for turn in range(1 if quick else ROUNDS):
            order = sorted(servers, reverse=bool(turn % 2))
            rounds.append({kind: costs(lab, servers[kind], count, turn) for kind in order})
    values: Values = {}
    for name in rounds[0]["FILE"]:
        for kind in servers:
            values[f"{name}_{kind}"] = median(one[kind][name][0] for one in rounds)
            if kind != "FILE":
                for key, part in (("ratio", 0), ("cpu_ratio", 1)):
                    costs_of = [(one[kind][name][part], one["FILE"][name][part]) for one in rounds]
                    values[f"{name}_{kind}_{key}"] = median(cost / of_file for cost, of_file in costs_of)
    return values
