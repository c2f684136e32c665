"""deploy/swarm fits the image: settings, certificates, ports, rights, volumes and secrets of each role."""

from __future__ import annotations

import re

import pytest

from mailwright.core.paths import CONFIG
from mailwright.formats.mountinfo import Mount
from mailwright.model.cluster import Cluster
from mailwright.model.mailserver import Mailserver
from mailwright.model.mounts import is_ours
from mailwright.settings import NAMES, Settings
from tests.repository.roles import (
    COMPOSE,
    ROOT_CA,
    for_clients,
    for_nodes,
    for_world,
    node_files,
    started,
    variables,
)
from tests.repository.source import ROOT
from tests.repository.stack import ALL, FILES, FOLDER, NETWORKS, NODES, SECRETS, VOLUMES

PAGE = (ROOT / "docs" / "how-to" / "swarm.md").read_text()
EACH_TASK = [(name, slot) for name, tasks in NODES.items() for slot in tasks.slots]
EACH_NODE = pytest.mark.parametrize("name", sorted(NODES))
VARIABLES = {variable: value for path in FOLDER.glob("*.env") for variable, value in variables(path).items()}


def certified() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Folder → role and names of the certificate, as the commands of the page make it."""
    found = re.findall(r"^admin cluster node (\w+) (.+)$", PAGE, re.MULTILINE)
    return {names.split()[0]: (role, tuple(names.split())) for role, names in found}


def contents(secret: str) -> str:
    """What a secret holds."""
    chain, private = for_clients()
    known = {
        "ca": ROOT_CA[0],
        "tls-cert": chain,
        "tls-key": private,
        "sql-password": "x\n",
        "database-cert": ROOT_CA[0],
    }
    if secret in known:
        return known[secret]
    folder, _, kind = secret.rpartition("-")
    _, certificate, key = node_files(*certified()[folder])
    return {"cert": certificate, "key": key}[kind]


def built(name: str, slot: int = 1) -> Mailserver:
    """The Mailserver of a task; a ConfigurationError if it would not start."""
    tasks = NODES[name]
    files = {path: contents(secret) for secret, path in tasks.secrets()}
    return started(tasks.environ(slot), files, tasks.host(slot))


def cluster(name: str) -> Cluster:
    """What a node knows of the others."""
    found = built(name).cluster
    assert found
    return found


def with_role(role: str) -> set[str]:
    """The services of ``role``."""
    return {name for name, tasks in NODES.items() if tasks.role == role}


def test_each_file_is_used() -> None:
    used = {file for tasks in NODES.values() for file in tasks.service["env_file"]}
    assert {*FILES, *used} == {path.name for path in FOLDER.iterdir()}
    assert {tasks.role for tasks in NODES.values()} == {"front", "backend", "filter"}


def test_each_variable_is_a_setting() -> None:
    assert {name.removesuffix("__FILE") for name in VARIABLES} <= set(NAMES)
    assert not [value for value in VARIABLES.values() if value[0] in "\"'"]  # Docker would leave them there


@pytest.mark.parametrize(("name", "slot"), EACH_TASK)
def test_each_task_starts_without_a_warning(name: str, slot: int) -> None:
    mailserver = built(name, slot)
    assert [str(problem) for problem in mailserver.warnings] == []
    assert (mailserver.settings.role, mailserver.has_rspamd) == (NODES[name].role, NODES[name].role == "filter")


@EACH_NODE
def test_nodes_are_looked_for_under_names_that_exist(name: str) -> None:
    """The name of a service is a name of its certificate, and leads to its tasks in a network that both are in."""
    found = cluster(name)
    for target, wanted in (("filter", found.filter), ("front", found.front)):
        assert with_role(target) == {wanted}
        assert certified()[wanted] == (target, (wanted,))
        assert NODES[name].networks & NODES[wanted].networks
    assert NODES[name].role == "front" or found.node in certified()[name][1]  # nobody asks a front for its name
    assert NODES[name].deploy["endpoint_mode"] == "dnsrr"


def test_a_backend_has_a_name_of_its_own() -> None:
    assert {cluster(name).node for name in with_role("backend")} == with_role("backend")
    assert {NODES[name].deploy["replicas"] for name in with_role("backend")} == {1}


def test_backends_know_the_networks_of_fronts() -> None:
    for name in with_role("backend"):
        shared = NODES[name].networks & NODES["front"].networks
        assert set(cluster(name).front_networks) == {NETWORKS[each]["ipam"]["config"][0]["subnet"] for each in shared}


def test_networks_let_in_whom_a_service_needs() -> None:
    members = {network: {name for name in ALL if network in ALL[name].networks} for network in NETWORKS}
    fronts_and_backends = with_role("front") | with_role("backend")
    assert members == {
        "nodes": set(NODES),
        "accounts": fronts_and_backends | {"database"},
        "learned": {"filter", "redis"},
    }
    assert NETWORKS["learned"]["driver_opts"] == {"encrypted": ""}


def test_filters_know_no_accounts() -> None:
    assert not [name for name in NODES["filter"].environ(1) if name.startswith(("SQL_", "LDAP_", "ACCOUNT_"))]
    assert not [name for name, _ in NODES["filter"].secrets() if name.startswith(("sql", "database"))]


def test_the_databases_of_the_stack_are_those_of_the_settings() -> None:
    database, sql = ALL["database"].service, Settings.model_fields
    assert VARIABLES["SQL_HOST"] == "database"
    assert f"subjectAltName=DNS:{VARIABLES['SQL_HOST']}" in PAGE
    assert VARIABLES["RSPAMD_REDIS_SERVER"] == "redis:6379"
    assert database["environment"]["POSTGRES_USER"] == sql["sql_user"].default
    assert database["environment"]["POSTGRES_DB"] == sql["sql_database"].default
    held = {path for _, path in ALL["database"].secrets()}
    named = {word.partition("=")[2] for word in database["command"] if "_file=" in word}
    assert {*named, database["environment"]["POSTGRES_PASSWORD_FILE"]} == held
    assert {(each["uid"], each["gid"]) for each in database["secrets"]} == {("999", "999")}


@pytest.mark.parametrize("name", sorted(ALL))
def test_ports_for_the_world(name: str) -> None:
    """Those of fronts, on the machine itself. All others are reached in the networks only."""
    ports = ALL[name].service.get("ports", [])
    assert [each["target"] for each in ports] == [each["published"] for each in ports]
    assert {each["mode"] for each in ports} <= {"host"}
    assert {each["target"] for each in ports} == (for_world(built(name)) if name in NODES else set())


def test_doors_between_nodes() -> None:
    assert set(for_nodes(built("front")).values()) == {"backend"}
    assert set(for_nodes(built("filter")).values()) == {"front", "backend"}
    assert {role for name in with_role("backend") for role in for_nodes(built(name)).values()} == {"front"}


@EACH_NODE
def test_a_task_has_the_rights_of_compose(name: str) -> None:
    service = NODES[name].service
    for key in ("read_only", "cap_drop", "cap_add", "stop_grace_period", "image"):
        assert service[key] == COMPOSE[key]
    assert "security_opt" not in service  # Docker would leave it out with a message


@EACH_NODE
def test_volumes(name: str) -> None:
    """What is written is on them, and only what must stay has a name."""
    tasks = NODES[name]
    paths = {each.split(":")[1] for each in COMPOSE["volumes"]} - {CONFIG}
    assert set(tasks.volumes) == paths
    assert tasks.in_memory == {**dict.fromkeys(COMPOSE["tmpfs"], False), CONFIG: True}
    assert {path for path, volume in tasks.volumes.items() if volume} == {
        "front": {"/var/mail-state"},
        "backend": {"/var/mail", "/var/mail-state"},
        "filter": set(),
    }[tasks.role]


def test_a_volume_belongs_to_one_service_on_chosen_machines() -> None:
    used = [(volume, name) for name, tasks in ALL.items() for volume in tasks.volumes.values() if volume]
    assert sorted(VOLUMES) == sorted(volume for volume, _ in used)
    for name in {name for _, name in used}:
        placement = ALL[name].deploy["placement"]
        assert placement["constraints"] == [f"node.labels.mail.{name} == true"]
        assert ALL[name].deploy["replicas"] == 1 or placement["max_replicas_per_node"] == 1
        assert f"--label-add mail.{name}=true" in PAGE


@pytest.mark.parametrize("name", sorted(ALL))
def test_updates(name: str) -> None:
    deploy = ALL[name].deploy
    assert (deploy["update_config"]["order"], deploy["update_config"]["failure_action"]) == ("stop-first", "rollback")
    assert deploy["update_config"].get("parallelism", 1) == 1
    assert deploy["restart_policy"]["condition"] == "any"
    check = ALL[name].service["healthcheck"]
    assert int(check["interval"].removesuffix("s")) * check["retries"] == 600  # Swarm ends a task that is unhealthy
    assert ("test" in check) == (name not in NODES)  # nodes have that of the image


def test_secrets_have_numbers_and_are_used() -> None:
    assert {each for tasks in ALL.values() for each, _ in tasks.secrets()} == set(SECRETS)
    for name, secret in SECRETS.items():
        assert secret["external"] is True
        assert re.fullmatch(rf"mail-{name}-\d+", secret["name"])


@pytest.mark.parametrize("name", sorted(ALL))
def test_secrets_lie_where_a_start_leaves_them(name: str) -> None:
    assert {each["mode"] for each in ALL[name].service.get("secrets", ())} <= {0o400}
    assert not [path for _, path in ALL[name].secrets() if is_ours(Mount(path, "ext4"))]


@EACH_NODE
def test_each_file_of_a_variable_is_a_secret(name: str) -> None:
    """Fronts alone have the certificate that clients see."""
    named = {value for value in NODES[name].environ(1).values() if value.startswith("/run/secrets/")}
    held = {path for _, path in NODES[name].secrets()}
    assert held <= named
    assert named - held <= {f"/run/secrets/tls-{kind}.pem" for kind in ("cert", "key")}
    assert NODES[name].role != "front" or held == named


def test_the_page_makes_every_secret() -> None:
    """The loop of the page is over the folders of the certificates."""
    found = re.search(r"for node in ([^;]+); do(.*?)\ndone", PAGE, re.DOTALL)
    assert found
    assert set(found[1].split()) == set(certified())
    commands = PAGE.replace(found[0], "".join(found[2].replace("$node", node) for node in found[1].split()))
    made = re.findall(r"docker secret create (mail-\S+-1) \S", commands)
    assert sorted(made) == sorted(each["name"] for each in SECRETS.values())
