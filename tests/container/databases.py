"""Databases on the lab's network: PostgreSQL and MariaDB with TLS, and the mail servers that read accounts there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.container.docker import LABEL, docker, until
from tests.container.lab import Lab, Server
from tests.pki import hierarchy

FOLDER = Path(__file__).with_name("directories")
SECRET = 'it\'s "a" \\$1 %s #;'  # as init.sql of each image has it
CLIENT = {
    "postgresql": ("psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", "mail", "-At"),
    "mariadb": ("mariadb", "--disable-ssl-verify-server-cert", "-N", "mail"),
}


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
    certificate, intermediate, root, key = hierarchy(host)
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
