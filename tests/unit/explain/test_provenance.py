from __future__ import annotations

import re

import pytest

from mailwright.core.textfile import TextFile
from mailwright.explain.provenance import Rendered, rendered
from tests.scenarios.scenario import Scenario
from tests.scenarios.scenario import rendered as scenarios
from tests.unit.operator import ACCOUNTS, mailserver, sources

TAG = re.compile(r"\{[{%#].*[}%#]\}")
CONFIGURATION = ("postfix/main.cf", "postfix/master.cf", "dovecot/dovecot.conf", "supervisor/supervisord.conf")


def fits(written: str, line: str) -> bool:
    """Whether ``line`` can be what a template's line becomes: the same around its tags."""
    if not TAG.search(written):
        return line == written
    before, after = TAG.split(written, maxsplit=1)
    return line.startswith(before) and line.endswith(after)


def stems_from(place: str, line: str, files: dict[str, TextFile]) -> bool:
    """Whether ``line`` is what stands at ``place``, or sets the parameter that does."""
    name, _, number = place.rpartition(":")
    written = files[name].text.split("\n")[int(number) - 1]
    if name.endswith(".j2"):
        return fits(written, line)
    option = re.match(r"\s+-o (?:\{ )?(\w+)", line)
    moved = re.match(r"# (\w+): see ", line)
    banner = line == f"### {name} of the config folder"
    parameter = (option or moved or [None, None])[1]
    return banner or line == written or (parameter is not None and parameter in written)


@pytest.mark.parametrize("scenario", scenarios(), ids=str)
def test_every_line_of_every_scenario_has_an_origin_that_fits(scenario: Scenario) -> None:
    server, files, _ = scenario.result
    assert server
    known = {it.name: it for it in server.templates.values()}
    for name in ("postfix-main.cf", "postfix-master.cf"):
        path = scenario.folder / "in" / "config" / name
        known |= {name: TextFile(name, path.read_text())} if path.exists() else {}
    found = rendered(server)
    wrong = [
        f"{path}:{number} {place or 'nowhere'} {line}"
        for path in CONFIGURATION
        if path in files
        for number, (line, place) in enumerate(zip(found[path].lines, found[path].origins, strict=True), start=1)
        if line.strip() and not (place and stems_from(place, line, known))
    ]
    assert wrong == []
    assert {path: it.file.content for path, it in found.items()} == files


def places(file: Rendered) -> dict[str, str]:
    return {line.strip(): place for line, place in zip(file.lines, file.origins, strict=True) if line.strip()}


def test_overrides_are_named_with_their_line() -> None:
    config = ACCOUNTS | {
        "postfix-main.cf": "# mine\nmessage_size_limit =\n  5\n",
        "postfix-master.cf": "\nsubmission/inet/syslog_name=mine\nsmtp/unix/syslog_name=out going\n",
        "dovecot.cf": "# mine\nmail_max_userip_connections = 3\n",
    }
    found = rendered(mailserver(config))
    main = places(found["postfix/main.cf"])
    assert main["message_size_limit ="] == "postfix-main.cf:2"
    assert main["5"] == "postfix-main.cf:3"
    assert main["# message_size_limit: see postfix-main.cf:2"] == "postfix-main.cf:2"
    assert main["### postfix-main.cf of the config folder"] == "postfix-main.cf:1"
    master = places(found["postfix/master.cf"])
    assert master["-o syslog_name=mine"] == "postfix-master.cf:2"
    assert master["-o { syslog_name = out going }"] == "postfix-master.cf:3"
    assert master["-o syslog_name=postfix/relay"].startswith("templates/postfix/master.cf.j2:")
    assert places(found["dovecot/local.conf"])["mail_max_userip_connections = 3"] == "dovecot.cf:2"


def test_tables_and_secrets_are_no_configuration() -> None:
    tables = {path for path, it in rendered(mailserver()).items() if it.is_table}
    assert {"postfix/virtual", "dovecot/userdb", "dms/tls/key"} <= tables
    assert not tables & {*CONFIGURATION, "postfix/openssl.cnf", "rsyslog/rsyslog.conf"}


@pytest.mark.parametrize(
    "measured",
    [
        "{% set x %}abc{% endset %}\n# {{ x | length }}\n",
        "{% set x %}abc{% endset %}\n{% if x != 'abc' %}{{ fail }}{% endif %}\n# c\n",
    ],
)
def test_a_template_that_measures_its_own_text_tells_no_origin_rather_than_a_wrong_one(measured: str) -> None:
    given = sources()
    main = given.templates["postfix/main.cf.j2"]
    templates = {**given.templates, "postfix/main.cf.j2": TextFile(main.name, measured + main.text)}
    server = mailserver()
    found = rendered(type(server)(**{**vars(server), "templates": templates}))
    assert set(found["postfix/main.cf"].origins) == {""}
