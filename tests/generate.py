"""Writes what is generated: mailserver.env, references such as those of settings and commands, the golden trees."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import BaseModel

from mailwright.cli import main as setup
from mailwright.doctor import MARKS, Diagnosis
from mailwright.doctor.catalogue import DIAGNOSES
from mailwright.model import config_folder, old_filters
from mailwright.services.verdicts import ROWS
from mailwright.services.web.route import Route
from mailwright.services.web.routes import ROUTES
from mailwright.settings import SECTIONS, accepted, compatibility, default, fields
from tests.scenarios.scenario import scenarios

ROOT = Path(__file__).resolve().parents[1]
ENV_FILE = ROOT / "mailserver.env"
REFERENCE = ROOT / "docs" / "reference" / "settings.md"
COMMANDS = ROOT / "docs" / "reference" / "setup.md"
FINDINGS = ROOT / "docs" / "reference" / "findings.md"
OLD_CHAIN = ROOT / "docs" / "reference" / "old-chain.md"
CHECKERS = ROOT / "docs" / "reference" / "checkers.md"
PATHS = ROOT / "docs" / "reference" / "web-paths.md"

OLD_FILES = {
    "whitelist_clients.local": "addresses, networks and domains that are never greylisted; patterns are not converted",
    "whitelist_recipients": "recipients whose mail is never greylisted",
    "opendkim/keys/DOMAIN/SELECTOR.private": "signs mail of DOMAIN, if it has no key in rspamd/dkim/",
    "opendkim/KeyTable, SigningTable, TrustedHosts": "not read: each domain signs with its own keys",
}


def env_file() -> str:
    """The text of mailserver.env: every setting with its doc; an empty value means the default."""
    return "".join(_env_lines())


def _env_lines() -> Iterator[str]:
    yield "# Settings of Mailwright, for `env_file:` in compose.yaml or as mailserver.env in the config folder.\n"
    yield "# Generated from the settings' model. An empty value means the default, shown in the comment.\n"
    for section in SECTIONS:
        yield f"\n# -----------------------------------------------\n# {section.__doc__}\n"
        yield "# -----------------------------------------------\n"
        for name, info in fields(section):
            yield f"\n# {info.description}\n# {accepted(info)}; default: {default(info) or 'empty'}\n{name}=\n"


def reference() -> str:
    """The text of docs/reference/settings.md."""
    tables = "\n".join(_table(section) for section in SECTIONS)
    retired = "\n".join(f"| `{name}` | {why} |" for name, why in sorted(compatibility.RETIRED.items()))
    return f"""# Settings

<!-- Generated from the settings' model by `make generated`. -->

Each setting is an environment variable. `NAME__FILE=/path` takes the value from a file, such as a Docker secret, when
`NAME` itself is not set. A `mailserver.env` in the config folder is read too; the environment wins over it. An empty
value means unset. Switches take 1 and 0, also yes, no, on, off, true and false; sizes take 25M or 1G (powers of 1024).

{tables}
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


def commands() -> str:
    """The text of docs/reference/setup.md."""
    groups = "\n".join(
        f"## {' '.join(path)}\n\n{_help(group)}\n\n" + "\n".join(_command(path, group)) for path, group in _groups()
    )
    return f"""# The setup command

<!-- Generated from the commands' own help by `make generated`. -->

`docker compose exec mailserver setup COMMAND`; add `-T` when standard input or output is a pipe or a file. `mailwright`
is the same command. `-h` behind any command prints its help.

Exit codes: 0 done; 1 refused (it says why), or `diff` found something; 2 the command line is wrong; 78 the
configuration is. [Administer the server](../how-to/administer.md) shows the commands at work.

{groups}"""


def _groups() -> Iterator[tuple[tuple[str, ...], click.Group]]:
    """Every group of commands with the words that lead to it, those within another right behind it."""
    waiting: list[tuple[tuple[str, ...], click.Group]] = [(("setup",), setup)]
    while waiting:
        path, group = waiting.pop(0)
        yield path, group
        waiting[:0] = [((*path, name), it) for name, it in _members(group) if isinstance(it, click.Group)]


def _members(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        yield name, command


def _command(path: tuple[str, ...], group: click.Group) -> Iterator[str]:
    """A section for each command of ``group`` that is no group itself."""
    for name, command in _members(group):
        if isinstance(command, click.Group):
            continue
        line = [*path, name, *(_argument(it) for it in command.params if isinstance(it, click.Argument))]
        options = [it for it in command.params if isinstance(it, click.Option)]
        usage = " ".join([*line, *(["[OPTIONS]"] if options else [])])
        # The examples are formatted already; click's own mark for that is removed.
        example = (command.epilog or "").removeprefix("\b\nExample:\n")
        shown = "\n".join(row.strip() for row in example.splitlines())
        yield f"### {' '.join([*path, name])}\n\n```text\n{usage}\n```\n\n{_help(command)}\n"
        if options:
            yield "".join(map(_option, options))
        if shown:
            yield f"```sh\n{shown}\n```\n"


def _help(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "").replace("*", "\\*")


def _argument(argument: click.Argument) -> str:
    word = _choices(argument) or str(argument.name).upper()
    word += "…" if argument.nargs == -1 else ""
    return word if argument.required else f"[{word}]"


def _option(option: click.Option) -> str:
    value = "" if option.is_flag else f" {_choices(option) or option.type.name.upper()}"
    usual = f"Default: `{option.default}`." if option.show_default else ""
    said = " ".join(filter(None, (option.help, usual)))
    return f"- `{', '.join(option.opts)}{value}`{': ' if said else ''}{said}\n"


def _choices(parameter: click.Parameter) -> str:
    return "|".join(map(str, parameter.type.choices)) if isinstance(parameter.type, click.Choice) else ""


def findings() -> str:
    """The text of docs/reference/findings.md."""
    areas = dict.fromkeys(it.area for it in DIAGNOSES)
    tables = "\n".join(_area(area, [it for it in DIAGNOSES if it.area == area]) for area in areas)
    return f"""# Findings

<!-- Generated from doctor's catalogue by `make generated`. -->

Everything that [`setup doctor`](../how-to/doctor.md) can report, each with its cure. `!` is a finding: the exit code is
1. `-` is a note. `?` could not be checked. `--json` names each by its code, which is the same in every release.

{tables}"""


def _area(area: str, members: list[Diagnosis]) -> str:
    rows = "".join(f"| {MARKS[it.level]} | `{it.code}` | {_filled(it.what)} | {_filled(it.cure)} |\n" for it in members)
    return f"## {_filled(area)}\n\n| | code | what | cure |\n|---|---|---|---|\n{rows}"


def _filled(text: str) -> str:
    """A text of the catalogue, with the placeholders in capitals."""
    return re.sub(r"\{(\w+)[^}]*\}", lambda match: match[1].upper(), text)


def old_chain() -> str:
    """The text of docs/reference/old-chain.md."""
    kept = "".join(f"| `{name}` | {what} |\n" for name, what in old_filters.BECAME.items())
    gone = "".join(f"| `{name}` | {why} |\n" for name, why in compatibility.RETIRED_FILTERS.items())
    files = "".join(f"| `{name}` | {what} |\n" for name, what in (config_folder.RETIRED | OLD_FILES).items())
    return f"""# Variables of the old filters

<!-- Generated from the tables behind the log's messages by `make generated`. -->

docker-mailserver filters with Amavis, SpamAssassin, Postgrey, OpenDKIM, OpenDMARC and policyd-spf. Here
[Rspamd](../how-to/filters.md) does their work, and their variables keep their meaning where it has one. The log names
each of them that is set.

## What they are here

| variable | what it became |
|---|---|
{kept}
docker-mailserver's stock file has `ENABLE_RSPAMD=0` and the old filters on: Rspamd runs in their place. With
`ENABLE_RSPAMD=0` and none of them set to 1 there is no filter. Where Rspamd runs, a 0 of `ENABLE_OPENDKIM`,
`ENABLE_OPENDMARC` or `ENABLE_POLICYD_SPF` has no effect, since it only retires the old daemon. The variables of
SpamAssassin and Postgrey count where `ENABLE_SPAMASSASSIN=1` or `ENABLE_POSTGREY=1`.

If `SPAMASSASSIN_SPAM_TO_INBOX` is not 1, mail with a high score is rejected.

## Without effect

| variable | why |
|---|---|
{gone}
## Files in the config folder

| file | what it became |
|---|---|
{files}"""


def checkers() -> str:
    """The text of docs/reference/checkers.md."""
    tables = "\n".join(_rows_of(name) for name in dict.fromkeys(row.checker for row in ROWS))
    return f"""# What the checkers say

<!-- Generated from the table of verdicts by `make generated`. -->

Before a configuration is used, the daemons' own checkers look at it: at a start, after `user-patches.sh`, at each
change of the running server and in `mailwright check`. This table says what their lines mean. The first row of a
checker whose words are in a line counts.

| verdict | at a start | a change of the running server |
|---|---|---|
| refused | the server does not start | the running configuration stays |
| start: warning; change: refused | the log says it, and the server starts | the running configuration stays (\\*) |
| warning | the log says it, and the server starts | the log says it, and the change is applied |
| not shown | | |

(\\*) If the checker says the same of the running configuration, it is a warning.

A line without a row is refused if the checker failed (its exit code is not 0). Otherwise it is a warning at a start,
and a change with it is refused. What a checker cannot know, such as a table that lets strangers send, Mailwright
checks itself.

fail2ban's checker runs if there is a `fail2ban-jail.cf` or `fail2ban-fail2ban.cf`. Postfix runs `postfix check` itself
when it starts; its words are those of postconf.

{tables}"""


def _rows_of(checker: str) -> str:
    rows = "".join(
        f"| {_code(row.words)} | {row.verdict.value} | {row.why} |\n" for row in ROWS if row.checker == checker
    )
    return f"## {checker}\n\n| words | verdict | why |\n|---|---|---|\n{rows}"


def _code(pattern: str) -> str:
    """A pattern in a cell of a table."""
    return "`" + pattern.replace("|", "\\|") + "`"


def web_paths() -> str:
    """The text of docs/reference/web-paths.md."""
    rows = "".join(
        f"| `{route.path}` | {_hosts(route)} | {', '.join(route.methods)} | {'80, 443' if route.plain else '443'} "
        f"| {route.purpose} |\n"
        for route in ROUTES
    )
    return f"""# Paths of the web server

<!-- Generated from the table of routes by `make generated`. -->

All that the [web server](../how-to/web.md) answers with `ENABLE_WEB=1`. A path that ends with `/` stands for those
below it. Any other path is 404, any other name 421. Port 80 redirects the paths of port 443 alone to that port.

| path | names | methods | ports | answer |
|---|---|---|---|---|
{rows}"""


def _hosts(route: Route) -> str:
    """The names that answer ``route``."""
    return ", ".join("the host name" if role == "host" else f"`{role}.DOMAIN`" for role in route.roles) or "all"


def main() -> None:
    """Writes every generated file."""
    ENV_FILE.write_text(env_file())
    REFERENCE.parent.mkdir(parents=True, exist_ok=True)
    REFERENCE.write_text(reference())
    COMMANDS.write_text(commands())
    FINDINGS.write_text(findings())
    OLD_CHAIN.write_text(old_chain())
    CHECKERS.write_text(checkers())
    PATHS.write_text(web_paths())
    for scenario in scenarios():
        scenario.rewrite()


if __name__ == "__main__":
    main()
