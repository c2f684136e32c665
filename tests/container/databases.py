"""Databases on the lab's network: PostgreSQL and MariaDB with TLS, and the mail servers that read accounts there."""

from __future__ import annotations

import imaplib
import smtplib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from mailwright.formats.app_passwords import hashed
from tests.container.docker import LABEL, docker, pause, until
from tests.container.lab import PASSWORD, Lab, Server, trusting
from tests.container.provider import ASKING, Provider
from tests.pki import hierarchy

FOLDER = Path(__file__).with_name("directories")
SECRET = 'it\'s "a" \\$1 %s #;'  # as init.sql of each image has it
CLIENT = {
    "postgresql": ("psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", "mail", "-At"),
    "mariadb": ("mariadb", "--disable-ssl-verify-server-cert", "-N", "mail"),
}


ALICE, BOB, CAROL, DAVE = (f"{name}@example.test" for name in ("alice", "bob", "carol", "dave"))
GONE = "gone@example.test"  # has an app password, and no account
PHONE = "of-one-program"
PEOPLE = f"""\
address,password,quota,recipients,send,receive
{ALICE},{PASSWORD}
{BOB},{PASSWORD},1000B
{CAROL},{PASSWORD},,,REJECT
{DAVE},{PASSWORD},,,,550 5.7.1 gone
team@example.test,,,{ALICE} {BOB}
far@example.test,,,someone@outside.test
@catch.test,,,{ALICE}
@old.test,,,@example.test
"""
SECONDS = 5.0  # a client waits no longer for an answer


@dataclass
class Database:
    """One database, and how a mail server reaches it."""

    driver: str
    environ: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)  # of the config folder
    server: Server | None = None

    @property
    def name(self) -> str:
        """Its container."""
        assert self.server
        return self.server.name

    def sql(self, text: str) -> str:
        """What the owner of all tables gets for ``text``."""
        assert self.server
        return self.server.run(*CLIENT[self.driver], text=text)

    def act(self, verb: str) -> None:
        """``docker VERB`` of its container."""
        docker(verb, *(("-t", "1") if verb in ("stop", "restart") else ()), self.name)


def database(lab: Lab, driver: str) -> Database:
    """A database of ``driver`` that answers, without tables."""
    common = {"ACCOUNT_PROVISIONER": "SQL", "SQL_DRIVER": driver}
    if driver == "sqlite":
        return Database(driver, common)
    image, host = f"mailwright-test-{driver}:latest", f"{driver}.test"
    docker("build", "--quiet", "--label", LABEL, "--tag", image, str(FOLDER / driver))
    certificate, intermediate, root, key = hierarchy(host, identified=False)
    folder = lab.folder({"cert.pem": certificate + intermediate, "key.pem": key})
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)  # the daemon has another user; it copies the key
    server = lab.container(f"{driver}-db", "-v", f"{folder}:/db:ro", "--network-alias", host, image=image)
    found = Database(
        driver,
        {
            **common,
            "SQL_HOST": host,
            "SQL_PASSWORD": SECRET,
            "SQL_CA_FILE": "/tmp/docker-mailserver/ssl/db-ca.pem",
        },
        {"ssl/db-ca.pem": root},
        server,
    )
    until(f"an answer of {driver}", lambda: found.sql("SELECT 1;").strip() == "1")
    return found


@dataclass
class Served:
    """A database and the mail server that reads it."""

    database: Database
    server: Server

    numbers: Iterator[int] = field(default_factory=count)

    def fresh(self) -> str:
        """An account that nobody has asked for."""
        return f"fresh{next(self.numbers)}@example.test"


def setup(server: Server, *words: str, text: str = "") -> str:
    """What ``setup WORDS`` prints."""
    return server.run("setup", *words, text=text)


def served(lab: Lab, driver: str, provider: Provider | None = None) -> Served:
    """A mail server with the accounts above and a few that nobody asks for. With a provider, it takes tokens."""
    place = database(lab, driver)
    phones = "".join(f"{address}/Phone|{hashed(PHONE)}\n" for address in (ALICE, GONE))
    files = {**place.files, "dovecot.cf": "auth_failure_delay = 0\n", "dovecot-app-passwords.cf": phones}
    environ = {**place.environ, "POSTMASTER_ADDRESS": ALICE}
    if provider:
        files, environ = {**files, **provider.files}, {**environ, **ASKING}
    server = lab.mailserver(driver, files, environ, *(provider.address if provider else ()))
    setup(server, "sql", "init")
    fresh = "".join(f"fresh{number}@example.test,{{PLAIN}}{PASSWORD}\n" for number in range(40))
    setup(server, "email", "import", "-", text=PEOPLE + fresh)
    return Served(place, server)


def recipient(server: Server, address: str, size: int = 900) -> tuple[int, str]:
    """What port 25 answers to RCPT for a mail of ``size`` bytes, within SECONDS."""
    with smtplib.SMTP(server.ip, 25, local_hostname="client.test", timeout=SECONDS) as client:
        client.ehlo()
        client.mail("someone@outside.test", [f"SIZE={size}"])
        code, text = client.rcpt(address)
        return code, text.decode()


def login_at_submission(server: Server, address: str, password: str = PASSWORD) -> int:
    """The code that port 587 answers to a login, within SECONDS."""
    with smtplib.SMTP(server.ip, 587, local_hostname="client.test", timeout=30) as client:
        client.starttls(context=trusting())
        client.ehlo()
        assert client.sock
        client.sock.settimeout(SECONDS)
        client.user, client.password = address, password
        try:
            return client.auth("PLAIN", client.auth_plain)[0]
        except smtplib.SMTPAuthenticationError as error:
            return error.smtp_code


def login(server: Server, address: str, password: str = PASSWORD) -> str:
    """OK, or what IMAP answers to a login, within SECONDS."""
    client = imaplib.IMAP4_SSL(server.ip, 993, ssl_context=trusting(), timeout=SECONDS)
    try:
        client.login(address, password)
        return "OK"
    except imaplib.IMAP4.error as error:
        return str(error)
    finally:
        client.shutdown()


@contextmanager
def stopped(served: Served) -> Iterator[None]:
    """The server of the database is down."""
    served.database.act("stop")
    try:
        yield
    finally:
        served.database.act("start")


@contextmanager
def paused(served: Served) -> Iterator[None]:
    """The database does not answer; connections hang."""
    pause(served.database.name)
    try:
        yield
    finally:
        served.database.act("unpause")


@contextmanager
def refusing_queries(served: Served) -> Iterator[None]:
    """The database answers each query with an error."""
    served.database.sql("ALTER TABLE accounts OWNER TO postgres; ALTER TABLE aliases OWNER TO postgres;")
    try:
        yield
    finally:
        served.database.sql("ALTER TABLE accounts OWNER TO mail; ALTER TABLE aliases OWNER TO mail;")


@contextmanager
def refusing_us(served: Served) -> Iterator[None]:
    """The database has another password for us; it closed the connections."""
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mail';"
    served.database.sql(f"ALTER ROLE mail PASSWORD 'another'; {end}")
    try:
        yield
    finally:
        served.database.sql("ALTER ROLE mail PASSWORD '{}';".format(SECRET.replace("'", "''")))


def waits(log: str, address: str) -> bool:
    """Whether a mail for ``address`` could not be delivered yet."""
    return any(f"to=<{address}>" in line and "status=deferred" in line for line in log.splitlines())


def setup_even_so(server: Server, *words: str) -> str:
    """What ``setup WORDS`` prints, whatever its exit code."""
    return server.run("setup", *words, check=False)


def all_at_once(work: Callable[[int], object]) -> set[object]:
    """What ten at once get."""
    found: set[object] = set()
    threads = [threading.Thread(target=lambda number=number: found.add(work(number))) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
