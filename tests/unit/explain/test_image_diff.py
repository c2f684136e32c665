from __future__ import annotations

from mailwright.core.tree import Change, File
from mailwright.explain.explanation import Explanation
from mailwright.explain.image_diff import Deviation, deviation
from mailwright.explain.influence import Deployment
from tests.scenarios.scenario import rendered
from tests.unit.operator import ACCOUNTS, deployment, mailserver

IMAGE = mailserver({})


def found(config: dict[str, str], **environ: str) -> Deviation:
    return deviation(Explanation(deployment(config, **environ)), IMAGE)


def test_nothing_said_is_nothing_changed() -> None:
    assert not found({})


def test_a_setting_an_override_and_accounts() -> None:
    it = found(ACCOUNTS | {"dovecot.cf": "a = b\n"}, TLS_LEVEL="intermediate", TZ="Europe/Berlin")
    changed = [change.path for change in it.changes if not change.path.startswith("rspamd/")]
    assert changed == ["dovecot/dovecot.conf", "dovecot/local.conf", "dovecot/sievec.conf", "postfix/main.cf"]
    assert ("postfix/mailboxes", 2, 0) in [(table.path, table.rows, table.before) for table in it.tables]
    assert ("dovecot/userdb", 2, 0) in [(table.path, table.rows, table.before) for table in it.tables]
    assert [(one.name, one.origin) for one in it.settings] == [("TZ", "environment"), ("TLS_LEVEL", "environment")]


def test_certificates_are_told_by_the_settings() -> None:
    scenario = next(it for it in rendered() if str(it) == "manual-dual")
    server = scenario.result[0]
    assert server
    it = deviation(Explanation(Deployment(scenario.reading, server)), IMAGE)
    paths = [change.path for change in it.changes] + [table.path for table in it.tables]
    assert not [path for path in paths if path.startswith("dms/")]
    assert "SSL_CERT_PATH" in [one.name for one in it.settings]


def test_a_unified_diff_shows_each_line_as_it_may_be_shown() -> None:
    new = File("a.conf", "x = 1\npassword = new\n", "postfix")
    text = Change("a.conf", "x = 1\npassword = old\n", new).unified("image", lambda line: line.replace("old", "*"))
    assert text.splitlines() == [
        "--- image/a.conf", "+++ rendered/a.conf", "@@ -1,2 +1,2 @@", " x = 1", "-password = *", "+password = new",
    ]  # fmt: skip
    assert Change("a.conf", "x = 1\npassword = new", new).unified() == "a.conf: differs in the end of a line only"
