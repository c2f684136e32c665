"""deploy/kubernetes fits the image: settings, certificates, ports, rights and volumes of each role."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from mailwright.model.mailserver import Mailserver
from mailwright.settings import NAMES, Settings
from tests.repository.manifests import (
    CONFIG_MAPS,
    FOLDER,
    KUSTOMIZATION,
    NAMESPACE,
    OBJECTS,
    PODS,
    chosen,
    named,
    numbers,
)
from tests.repository.roles import COMPOSE, ROOT_CA, for_clients, for_nodes, for_world, node_files, started
from tests.repository.source import ROOT

PAGE = (ROOT / "docs" / "how-to" / "kubernetes-cluster.md").read_text()
EACH_POD = [(role, pod) for role, pods in PODS.items() for pod in pods.names]
ROLES = pytest.mark.parametrize("role", sorted(PODS))
SECRETS = {(name, key) for pods in PODS.values() for name, key, _ in pods.secrets()}


def certified() -> dict[str, tuple[str, ...]]:
    """Role → names of its certificate, as the commands of the page make it."""
    found = re.findall(r"cluster node (\w+) ((?:[\w.-]+(?: \\\n +| )?)+)", PAGE)
    return {role: tuple(names.replace("\\\n", " ").split()) for role, names in found}


def contents(role: str) -> dict[tuple[str, str], str]:
    """What the Secrets of a pod of ``role`` hold."""
    authorities, certificate, key = node_files(role, certified()[role])
    chain, private = for_clients()
    return {
        (f"{role}-cluster", "ca.pem"): authorities,
        (f"{role}-cluster", "cert.pem"): certificate,
        (f"{role}-cluster", "key.pem"): key,
        ("front-tls", "tls.crt"): chain,
        ("front-tls", "tls.key"): private,
        ("sql", "password"): "not-a-password\n",
        ("sql", "ca.pem"): ROOT_CA[0],
    }


def built(role: str, pod: str) -> Mailserver:
    """The Mailserver of ``pod``; a ConfigurationError if it would not start."""
    files = {path: contents(role)[name, key] for name, key, path in PODS[role].secrets()}
    return started(PODS[role].environ(pod), files, f"{pod}.{role}.{NAMESPACE}.svc.cluster.local")


def test_each_file_is_listed() -> None:
    listed = {
        *KUSTOMIZATION["resources"],
        *(file for each in KUSTOMIZATION["configMapGenerator"] for file in each["envs"]),
    }
    assert listed == {path.name for path in FOLDER.iterdir()} - {"kustomization.yaml"}
    assert {"front", "backend", "filter"} == set(PODS)


@pytest.mark.parametrize("name", sorted(CONFIG_MAPS))
def test_each_variable_is_a_setting(name: str) -> None:
    assert {variable.removesuffix("__FILE") for variable in CONFIG_MAPS[name]} <= set(NAMES)


@pytest.mark.parametrize(("role", "pod"), EACH_POD)
def test_each_pod_starts_without_a_warning(role: str, pod: str) -> None:
    mailserver = built(role, pod)
    assert [str(problem) for problem in mailserver.warnings] == []
    assert (mailserver.settings.role, mailserver.has_rspamd) == (role, role == "filter")


def test_nodes_are_looked_for_under_names_that_exist() -> None:
    """A name in full leads to a headless Service, or to a pod of one; the certificate there has it."""
    services = {f"{name}.{NAMESPACE}.svc.cluster.local": name for name in named("Service")}
    for role, pod in EACH_POD:
        cluster = built(role, pod).cluster
        assert cluster
        for target, name in (("filter", cluster.filter), ("front", cluster.front)):
            assert chosen(named("Service")[services[name]]["spec"]["selector"]) == {target}
            assert name in certified()[target]
        assert cluster.node.removeprefix(f"{pod}.") in services
        assert role == "front" or cluster.node in certified()[role]  # nobody asks a front for the name of its pod
        assert PODS[role].manifest["spec"]["serviceName"] == role


def test_a_backend_has_a_name_of_its_own() -> None:
    nodes = {built("backend", pod).cluster.node for pod in PODS["backend"].names}  # type: ignore[union-attr]
    assert len(nodes) == len(PODS["backend"].names)


def test_filters_know_no_accounts() -> None:
    assert not [name for name in PODS["filter"].environ("filter-0") if name.startswith(("SQL_", "LDAP_", "ACCOUNT_"))]
    assert not [name for name, _, _ in PODS["filter"].secrets() if name == "sql"]


def between(role: str) -> dict[int, str]:
    """Port → role that may reach it."""
    return for_nodes(built(role, f"{role}-0"))


def world(role: str) -> set[int]:
    """The ports that are open for everybody."""
    return for_world(built(role, f"{role}-0"))


@ROLES
def test_ports_of_containers_and_services(role: str) -> None:
    services = named("Service")
    assert numbers(PODS[role].container["ports"], "containerPort") == {*between(role), *world(role)}
    assert numbers(services[role]["spec"]["ports"]) == set(between(role))
    assert services[role]["spec"]["clusterIP"] == "None"
    assert chosen(services[role]["spec"]["selector"]) == {role}


def test_the_ports_for_the_world() -> None:
    service = named("Service")["public"]["spec"]
    assert chosen(service["selector"]) == {"front"}
    assert numbers(service["ports"]) == world("front") == {25, 587, 465, 143, 993, 110, 995, 4190}
    assert (service["type"], service["externalTrafficPolicy"]) == ("LoadBalancer", "Local")
    assert not [port for each in named("Service").values() for port in each["spec"]["ports"] if "targetPort" in port]


@ROLES
def test_network_policies_let_in_whom_the_doors_let_in(role: str) -> None:
    policy = named("NetworkPolicy")[role]["spec"]
    assert (chosen(policy["podSelector"]["matchLabels"]), policy["policyTypes"]) == ({role}, ["Ingress"])
    found: dict[int, set[str]] = {}
    for rule in policy["ingress"]:
        peers = {each for peer in rule.get("from", ()) for each in chosen(peer["podSelector"]["matchLabels"])}
        assert peers or "from" not in rule
        found |= {number: peers or {"everybody"} for number in numbers(rule["ports"])}
    expected = {number: {peer} for number, peer in between(role).items()}
    assert found == expected | {number: {"everybody"} for number in world(role)}


@ROLES
def test_one_pod_of_each_role_may_be_away(role: str) -> None:
    budget = named("PodDisruptionBudget")[role]["spec"]
    assert (chosen(budget["selector"]["matchLabels"]), budget["maxUnavailable"]) == ({role}, 1)
    assert chosen(PODS[role].manifest["spec"]["selector"]["matchLabels"]) == {role}
    [term] = PODS[role].spec["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert chosen(term["podAffinityTerm"]["labelSelector"]["matchLabels"]) == {role}


@ROLES
def test_the_container_has_the_rights_of_compose(role: str) -> None:
    rights = PODS[role].container["securityContext"]
    assert rights == {
        "allowPrivilegeEscalation": "no-new-privileges" not in COMPOSE["security_opt"],
        "readOnlyRootFilesystem": COMPOSE["read_only"],
        "capabilities": {"drop": COMPOSE["cap_drop"], "add": COMPOSE["cap_add"]},
    }
    assert PODS[role].spec["automountServiceAccountToken"] is PODS[role].spec["enableServiceLinks"] is False


@ROLES
def test_volumes(role: str) -> None:
    """Each is mounted, each mount has one, and what is written is on them."""
    pods = PODS[role]
    claims = {each["metadata"]["name"] for each in pods.manifest["spec"].get("volumeClaimTemplates", ())}
    volumes: dict[str, Any] = {each["name"]: each for each in pods.spec["volumes"]}
    mounts = {each["mountPath"]: each["name"] for each in pods.container["volumeMounts"]}
    assert set(mounts.values()) == {*volumes, *claims}
    assert not [each for each in pods.container["volumeMounts"] if "subPath" in each]
    assert {path for path in mounts if mounts[path] in claims} == {
        "front": {"/var/mail-state"},
        "backend": {"/var/mail", "/var/mail-state"},
        "filter": set(),
    }[role]
    assert set(mounts) == {*COMPOSE["tmpfs"], *(each.split(":")[1] for each in COMPOSE["volumes"])}
    in_memory = {path for path, name in mounts.items() if volumes.get(name, {}).get("emptyDir") == {"medium": "Memory"}}
    assert in_memory == set(COMPOSE["tmpfs"])


@ROLES
def test_probes_are_the_health_check(role: str) -> None:
    found = re.search(r"\nHEALTHCHECK .*--timeout=(\d+)s .*CMD (\[.+\])", (ROOT / "Dockerfile").read_text())
    assert found
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        probe = PODS[role].container[name]
        assert (probe["exec"]["command"], probe["timeoutSeconds"]) == (json.loads(found[2]), int(found[1]))


@ROLES
def test_a_stop_has_the_time_of_compose(role: str) -> None:
    hook = PODS[role].container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["sleep", "0"])
    grace = int(COMPOSE["stop_grace_period"].removesuffix("s"))
    assert PODS[role].spec["terminationGracePeriodSeconds"] == grace + int(hook[1])


def test_the_page_makes_every_secret() -> None:
    made = {
        (name, key)
        for name, rest in re.findall(r"create secret generic (\S+)((?: --from-file=\S+)+)", PAGE)
        for path in re.findall(r"=(\S+)", rest)
        for key in (("ca.pem", "cert.pem", "key.pem") if "/cluster/" in path else (path,))
    }
    made |= {(name, key) for name in re.findall(r"create secret tls (\S+)", PAGE) for key in ("tls.crt", "tls.key")}
    assert {each for each in made if each[0] != "dkim"} == SECRETS


def test_the_folder_of_the_page() -> None:
    """Its ConfigMaps and images are those of the base, its variables are settings, and its patch finds the volume."""
    folder, patched = (yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
    assert {each["name"] for each in folder["configMapGenerator"]} == set(CONFIG_MAPS)
    assert {each["name"] for each in folder["images"]} == {each["name"] for each in KUSTOMIZATION["images"]}
    literals = {each.partition("=")[0] for made in folder["configMapGenerator"] for each in made["literals"]}
    assert literals <= {field.upper() for field in Settings.model_fields}
    [patch] = patched["patches"]
    [change] = yaml.safe_load(patch["patch"])
    assert change["path"] == "/spec/template/spec/volumes/0/projected/sources/-"
    assert PODS[patch["target"]["name"]].spec["volumes"][0]["name"] == "config"


def test_images_are_one() -> None:
    images = {pods.container["image"] for pods in PODS.values()}
    assert images == {each["name"] for each in KUSTOMIZATION["images"]} == {COMPOSE["image"].partition(":")[0]}
    assert "namespace" not in {key for each in OBJECTS for key in each["metadata"]}
