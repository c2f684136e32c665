"""Templates that the image's build compiled are loaded, and only with the text that they were compiled from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from mailwright.core.textfile import TextFile
from mailwright.host.read import read_templates
from mailwright.programs import compile_templates
from mailwright.templating.templates import Compiled, environment


def refuse(*_: Any, **__: Any) -> None:
    raise AssertionError("compiles")


def test_no_template_is_compiled_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_templates.main(str(tmp_path))
    monkeypatch.setattr(Environment, "compile", refuse)
    templates = read_templates()
    jinja = environment(templates)
    jinja.bytecode_cache = Compiled(str(tmp_path))
    for name in templates:
        jinja.get_template(name)


def test_another_text_is_compiled_and_not_written(tmp_path: Path) -> None:
    compile_templates.main(str(tmp_path))
    before = sorted(path.read_bytes() for path in tmp_path.iterdir())
    name, file = next(iter(read_templates().items()))
    jinja = environment({name: TextFile(file.name, "another text")})
    jinja.bytecode_cache = Compiled(str(tmp_path))
    assert jinja.get_template(name).render() == "another text"
    assert sorted(path.read_bytes() for path in tmp_path.iterdir()) == before
