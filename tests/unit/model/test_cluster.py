"""Roles of a cluster: what each needs, and what a node's certificate must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from mailwright.formats.main_cf import Parameter
from mailwright.host.node_certificates import authority, node
from mailwright.model.cluster import FILES, cluster, unfit
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.inputs import Inputs
from mailwright.model.overrides import Overrides
from mailwright.model.provisioners.file import FileProvisioner
from mailwright.model.provisioners.provisioner import Provisioner
from mailwright.model.reading import Reading
from mailwright.settings import Settings
from tests.unit.operator import NOW, Elsewhere, sources

CA = authority(NOW)
FULL = {
    "CLUSTER_NODE": "backend-1",
    "CLUSTER_FRONT": "front",
    "CLUSTER_FRONT_NETWORKS": "10.0.9.0/24",
    "CLUSTER_FILTER": "filter",
}


def inputs(
    role: str,
    environ: Mapping[str, str],
    name: str = "backend-1",
    *,
    provisioner: Provisioner | None = None,
    config: tuple[str, ...] = (),
    of: str = "",
) -> Inputs:
    """A node of ``role`` with a certificate for ``name``, of another role if ``of`` says so."""
    texts = [CA[0], *node(of or role, (name,), *CA, NOW)]
    paths = [getattr(Settings(), name.lower()) for name in FILES]
    files = {path: text.encode() for path, text in zip(paths, texts, strict=True)}
    found = replace(sources(), environ={"ROLE": role, **environ}, files=files, config=dict.fromkeys(config, b""))
    return Inputs(Reading.of(found), ConfigFolder({}), provisioner or Elsewhere())


def told(given: Inputs) -> list[str]:
    """The errors."""
    return [str(problem) for problem in cluster(given)[1] if not problem.warning]


@pytest.mark.parametrize("role", ["front", "backend", "filter"])
def test_a_node_that_has_what_it_needs(role: str) -> None:
    value, problems = cluster(inputs(role, FULL))
    assert (problems, value and value.node) == ([], "backend-1")


@pytest.mark.parametrize(
    ("role", "without", "what"),
    [
        ("backend", "CLUSTER_FRONT_NETWORKS", "the networks of its fronts"),
        ("backend", "CLUSTER_FRONT", "what users' Sieve scripts send"),
        ("backend", "CLUSTER_FILTER", "CLUSTER_FILTER"),
        ("front", "CLUSTER_FILTER", "CLUSTER_FILTER"),
    ],
)
def test_what_a_role_cannot_be_without(role: str, without: str, what: str) -> None:
    given = {name: text for name, text in FULL.items() if name != without}
    [problem] = told(inputs(role, {**given, "ENABLE_RSPAMD": "1"}))
    assert what in problem


def test_without_a_filter_none_is_needed() -> None:
    given = {name: text for name, text in FULL.items() if name != "CLUSTER_FILTER"}
    assert told(inputs("front", {**given, "ENABLE_RSPAMD": "0"})) == []


@pytest.mark.parametrize("role", ["front", "backend"])
def test_accounts_in_files_are_not_shared(role: str) -> None:
    assert told(inputs(role, FULL, provisioner=FileProvisioner())) == [
        f"environment: ROLE: {role} needs accounts that all nodes share, not those of the config folder "
        "(hint: ACCOUNT_PROVISIONER=SQL or LDAP)"
    ]
    assert told(inputs("filter", FULL, provisioner=FileProvisioner())) == []


@pytest.mark.parametrize(
    ("role", "environ", "what"),
    [
        ("front", {"SMTP_ONLY": "1"}, "exclude each other"),
        ("backend", {"MAIL_CRYPT": "user"}, "a front does not pass on"),
    ],
)
def test_what_a_role_excludes(role: str, environ: dict[str, str], what: str) -> None:
    [problem] = told(inputs(role, {**FULL, **environ}))
    assert what in problem


def test_fronts_share_the_secret_of_srs() -> None:
    [problem] = told(inputs("front", {**FULL, "ENABLE_SRS": "1"}))
    assert "ENABLE_SRS: a bounce may come back to another front" in problem
    assert told(inputs("front", {**FULL, "ENABLE_SRS": "1", "SRS_SECRET": "of-all"})) == []
    assert told(inputs("backend", {**FULL, "ENABLE_SRS": "1"})) == []


@pytest.mark.parametrize(
    ("environ", "what"),
    [
        ({"ENABLE_FETCHMAIL": "1"}, "ENABLE_FETCHMAIL: each front with it fetches the same mail"),
        ({"ENABLE_GETMAIL": "1"}, "ENABLE_GETMAIL: each front with it fetches the same mail"),
        ({"SSL_TYPE": "acme"}, "ACME_CHALLENGE: the CA may ask another front"),
        ({"SSL_TYPE": "acme", "ACME_CHALLENGE": "dns-01"}, ""),
    ],
)
def test_what_only_one_front_may_do(environ: dict[str, str], what: str) -> None:
    warnings = [str(problem) for problem in cluster(inputs("front", {**FULL, **environ}))[1]]
    assert len(warnings) == bool(what)
    assert what in "".join(warnings)


def test_mail_for_single_users_is_not_left_unencrypted() -> None:
    for role in ("front", "backend"):
        [problem] = told(inputs(role, FULL, config=("encryption/alice@example.com.asc",)))
        assert problem.startswith("encryption: mail is not encrypted")


def test_fronts_refuse_a_backend_under_another_name() -> None:
    [problem] = told(inputs("backend", FULL, "backend-2"))
    assert "is issued for backend-2, not for backend-1 (hint: setup cluster node backend backend-1)" in problem
    assert told(inputs("front", FULL, "front-7")) == []


@pytest.mark.parametrize(("role", "of"), [("front", "filter"), ("backend", "front"), ("filter", "backend")])
def test_a_certificate_of_another_role_is_none(role: str, of: str) -> None:
    [problem] = told(inputs(role, FULL, of=of))
    assert f"is the certificate of a {of}, not of a {role}" in problem


def test_a_certificate_of_another_ca_is_none() -> None:
    given = inputs("backend", FULL)
    other = {**given.sources.files, Settings().cluster_ca_file: authority(NOW)[0].encode()}
    changed = replace(given, reading=replace(given.reading, sources=replace(given.sources, files=other)))
    [problem] = told(changed)
    assert "was not issued by the CA of" in problem


@pytest.mark.parametrize("role", ["front", "backend", "filter"])
def test_a_certificate_that_ends_soon_is_told(role: str) -> None:
    given = inputs(role, FULL)
    late = replace(given, reading=replace(given.reading, sources=replace(given.sources, now=NOW + timedelta(720))))
    assert ["expires on" in problem.what for problem in cluster(late)[1]] == [True]


def test_no_override_leads_the_mail_of_a_front_elsewhere() -> None:
    rows = (Parameter("transport_maps", "inline:{a=b}", 1), Parameter("lmtp_tls_security_level", "may", 2))
    value, _ = cluster(inputs("front", FULL))
    found = [problem.where for problem in unfit(value, Settings(role="front"), Overrides(main=rows))]
    assert found == ["postfix-main.cf:1", "postfix-main.cf:2"]
    good = (Parameter("transport_maps", "inline:{a=b}, $mailwright_transport_maps", 1),)
    assert list(unfit(value, Settings(role="front"), Overrides(main=good))) == []


def test_a_certificate_that_has_ended_serves_nobody() -> None:
    given = inputs("backend", FULL)
    late = replace(given, reading=replace(given.reading, sources=replace(given.sources, now=NOW + timedelta(3650))))
    assert ["expired on" in problem for problem in told(late)] == [True]


def test_a_missing_certificate_is_named_with_its_cure() -> None:
    given = inputs("backend", FULL)
    bare = replace(given, reading=replace(given.reading, sources=replace(given.sources, files={})))
    problems = told(bare)
    assert any("CLUSTER_CA_FILE" in problem for problem in problems)
    assert any(problem.endswith("(hint: setup cluster node backend backend-1)") for problem in problems)


def test_on_a_single_host_the_settings_are_a_mistake() -> None:
    value, problems = cluster(inputs("all", FULL))
    assert value is None
    assert [problem.warning for problem in problems] == [True] * len(FULL)
