"""application(): the Starlette application of the modules that the rendered file names."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute


def application(modules: Mapping[str, Mapping[str, Any]]) -> Starlette:
    """The application that answers the paths of ``modules``: names in this package, each with what it reads."""
    routes: list[BaseRoute] = []
    for name, stated in modules.items():
        routes += import_module(f"mailwright.web.{name}").routes(stated)
    return Starlette(routes=routes)
