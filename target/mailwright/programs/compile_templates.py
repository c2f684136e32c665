"""compile_templates: Jinja's bytecode of the image's templates. The image's build runs it; starts load it."""

from __future__ import annotations

from pathlib import Path

from jinja2 import FileSystemBytecodeCache

from mailwright.core import paths
from mailwright.host.read import read_templates
from mailwright.templating.templates import environment


def main(folder: str = paths.COMPILED_TEMPLATES) -> None:
    """Every template is compiled in ``folder`` afterwards."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    templates = read_templates()
    jinja = environment(templates)
    jinja.bytecode_cache = FileSystemBytecodeCache(folder)
    for name in templates:
        jinja.get_template(name)
    for compiled in Path(folder).iterdir():
        compiled.chmod(0o644)  # Jinja makes them for their owner alone


if __name__ == "__main__":
    main()
