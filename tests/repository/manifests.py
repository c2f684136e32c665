"""The manifests of deploy/kubernetes as Kubernetes gets them, and what a pod of them has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.repository.roles import variables
from tests.repository.source import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
NAMESPACE: str = KUSTOMIZATION["namespace"]
Labels = Mapping[str, str]


OBJECTS: list[dict[str, Any]] = [
    each for file in KUSTOMIZATION["resources"] for each in yaml.safe_load_all((FOLDER / file).read_text())
]
CONFIG_MAPS = {
    each["name"]: {name: value for file in each["envs"] for name, value in variables(FOLDER / file).items()}
    for each in KUSTOMIZATION["configMapGenerator"]
}


def named(kind: str) -> dict[str, dict[str, Any]]:
    """The objects of ``kind`` by name."""
    return {each["metadata"]["name"]: each for each in OBJECTS if each["kind"] == kind}


def numbers(ports: list[dict[str, Any]], field: str = "port") -> set[int]:
    """The ports' numbers."""
    return {port[field] for port in ports}


@dataclass(frozen=True)
class Pods:
    """The pods of one StatefulSet."""

    role: str
    manifest: dict[str, Any]

    @property
    def spec(self) -> dict[str, Any]:
        """The specification of a pod."""
        found: dict[str, Any] = self.manifest["spec"]["template"]["spec"]
        return found

    @property
    def labels(self) -> Labels:
        """The labels of a pod."""
        found: Labels = self.manifest["spec"]["template"]["metadata"]["labels"]
        return found

    @property
    def container(self) -> dict[str, Any]:
        """The mail server's container."""
        [found] = self.spec["containers"]
        assert isinstance(found, dict)
        return found

    @property
    def names(self) -> list[str]:
        """The names of the pods."""
        return [f"{self.role}-{number}" for number in range(self.manifest["spec"]["replicas"])]

    def environ(self, pod: str) -> dict[str, str]:
        """The variables in the container of ``pod``: $(NAME) is a variable that comes before."""
        found = {name: value for each in self.container["envFrom"] for name, value in _of_config_map(each)}
        fields = {"metadata.name": pod, "metadata.namespace": NAMESPACE}
        for each in self.container["env"]:
            value = each["value"] if "value" in each else fields[each["valueFrom"]["fieldRef"]["fieldPath"]]
            found[each["name"]] = re.sub(r"\$\((\w+)\)", lambda match: found[match[1]], value)
        return found

    def secrets(self) -> Iterator[tuple[str, str, str]]:
        """Name of the Secret, its key, and the path in the container, for each file of a Secret."""
        mounts = {each["name"]: each["mountPath"] for each in self.container["volumeMounts"]}
        for volume in self.spec["volumes"]:
            for source in volume.get("projected", {}).get("sources", ()):
                for item in source.get("secret", {}).get("items", ()):
                    yield source["secret"]["name"], item["key"], f"{mounts[volume['name']]}/{item['path']}"


def _of_config_map(source: dict[str, Any]) -> list[tuple[str, str]]:
    return list(CONFIG_MAPS[source["configMapRef"]["name"]].items())


PODS = {name: Pods(name, manifest) for name, manifest in named("StatefulSet").items()}


def chosen(selector: Labels) -> set[str]:
    """The roles whose pods have all labels of ``selector``."""
    return {role for role, pods in PODS.items() if selector.items() <= pods.labels.items()}
