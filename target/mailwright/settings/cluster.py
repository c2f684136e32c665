"""Settings of a deployment on many machines. docker-mailserver has none of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from mailwright.core import paths, values
from mailwright.settings.section import Section
from mailwright.settings.types import Networks, Path


def node_name(text: str) -> str:
    """``text`` as the name of a node. It need not be fully qualified; Docker's names of services have a _ in them."""
    word = text.strip().lower()
    values.domain(word.replace("_", "x"))
    return word


def _node(text: object) -> str:
    return node_name(str(text)) if text else ""


NodeName = Annotated[str, BeforeValidator(_node), "host name"]


class Cluster(Section):
    """Many machines"""

    role: Literal["all", "front", "backend", "filter"] = Field(
        "all",
        description="What this container does: everything (all), ports for the world without mailboxes (front), "
        "mailboxes for fronts (backend), or filtering for both (filter).",
    )
    cluster_node: NodeName = Field(
        "",
        description="Name of this node, under which the other nodes reach it: its certificate has this name, and for a "
        "backend the accounts whose mail it holds. Empty: the host name.",
    )
    cluster_ca_file: Path = Field(
        f"{paths.CONFIG}/cluster/ca.pem", description="Certificate of the CA of all nodes (setup cluster ca)."
    )
    cluster_cert_file: Path = Field(
        f"{paths.CONFIG}/cluster/cert.pem",
        description="Certificate of this node, which proves to other nodes that it is one (setup cluster node).",
    )
    cluster_key_file: Path = Field(f"{paths.CONFIG}/cluster/key.pem", description="Private key of CLUSTER_CERT_FILE.")
    cluster_filter: NodeName = Field(
        "", description="Host name of the filters, for ROLE=front and ROLE=backend. Empty: mail is not filtered."
    )
    cluster_front: NodeName = Field(
        "", description="Host name of the fronts, which send what users' Sieve scripts send, for ROLE=backend."
    )
    cluster_front_networks: Networks = Field(
        "",
        description="Networks of the fronts, such as 10.0.9.0/24, for ROLE=backend: only from there a connection may "
        "say which client it is for.",
    )
