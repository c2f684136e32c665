"""Processes that stay in memory, or start every half minute or for each mail, import little."""

from __future__ import annotations

import sys

import pytest

from mailwright.host.commands import run

RELAYS = ("auth_relay", "login_relay", "token_introspection")
HEAVY = ("pydantic", "jinja2", "cryptography", "click", "dns", "bcrypt")


@pytest.mark.parametrize(
    "module",
    [f"mailwright.programs.{name}" for name in ("watch", "health", "web", "sieve_sendmail", "fetched_mail", *RELAYS)],
)
def test_a_light_program(module: str) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    done = run((sys.executable, "-c", code))
    assert done, done.errors
    loaded = {name.partition(".")[0] for name in done.output.split()}
    assert "mailwright" in loaded
    heavy = set(HEAVY) - {"click"} if module.endswith(".web") else set(HEAVY)  # uvicorn has a command line
    assert loaded.isdisjoint(heavy), loaded & heavy


@pytest.mark.parametrize("module", ["email", "alias", "quota", "relay"])
def test_an_edit_of_a_file_imports_no_services(module: str) -> None:
    done = run((sys.executable, "-c", f"import sys, mailwright.cli.{module}; print(*sys.modules)"))
    assert done, done.errors
    assert {"mailwright.services", "jinja2"}.isdisjoint(done.output.split())
