"""Writes what is generated: mailserver.env, the settings reference, and the golden trees (``make generated``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from mailwright.settings import SECTIONS, accepted, contract, default, fields
from tests.scenarios.scenario import scenarios

ROOT = Path(__file__).resolve().parents[1]
ENV_FILE = ROOT / "mailserver.env"
REFERENCE = ROOT / "docs" / "reference" / "settings.md"


def env_file() -> str:
    """The text of mailserver.env: every setting with its doc; an empty value means the default."""
    return "".join(_env_lines())


def _env_lines() -> Iterator[str]:
    yield "# Settings of Mailwright, for `env_file:` in compose.yaml or as mailserver.env in the config folder.\n"
    yield "# Generated from the settings' model. An empty value means the default, which stands in the comment.\n"
    for section in SECTIONS:
        yield f"\n# -----------------------------------------------\n# {section.__doc__}\n"
        yield "# -----------------------------------------------\n"
        for name, info in fields(section):
            yield f"\n# {info.description}\n# {accepted(info)}; default: {default(info) or 'empty'}\n{name}=\n"


def reference() -> str:
    """The text of docs/reference/settings.md."""
    tables = "\n".join(_table(section) for section in SECTIONS)
    not_yet = ", ".join(f"`{name}`" for name in sorted(contract.NOT_YET))
    retired = "\n".join(f"| `{name}` | {why} |" for name, why in sorted(contract.RETIRED.items()))
    return f"""# Settings

<!-- Generated from the settings' model by `make generated`. -->

Each setting is an environment variable. `NAME__FILE=/path` takes the value from a file, such as a Docker secret, when
`NAME` itself is not set. A `mailserver.env` in the config folder is read too; the environment wins over it. An empty
value means unset. Switches take 1 and 0, also yes, no, on, off, true and false; sizes take 25M or 1G (powers of 1024).

{tables}
## Not supported yet

These variables of docker-mailserver are accepted and do nothing yet. One that asks for something is named in the log.

{not_yet}

## Without effect

| name | why |
|---|---|
{retired}
"""


def _table(section: type[BaseModel]) -> str:
    rows = "".join(
        f"| `{name}` | {f'`{default(info)}`' if default(info) else 'empty'} | {accepted(info)} | {info.description} |\n"
        for name, info in fields(section)
    )
    return f"## {section.__doc__}\n\n| name | default | values | meaning |\n|---|---|---|---|\n{rows}"


def main() -> None:
    """Writes every generated file."""
    ENV_FILE.write_text(env_file())
    REFERENCE.parent.mkdir(parents=True, exist_ok=True)
    REFERENCE.write_text(reference())
    for scenario in scenarios():
        scenario.rewrite()


if __name__ == "__main__":
    main()
